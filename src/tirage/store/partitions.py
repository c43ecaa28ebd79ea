"""The look-up table of identities in hash partitions, for PostgreSQL nodes of many millions of patients.

Every look-up names its keys, so the database reads the partitions of those alone.
"""

MOST = 256


def recipe(parts: int) -> list[str]:
    """The statements, for one transaction, that spread `identity_key` over `parts` partitions by its key.

    Raises `ValueError` for a number of parts that makes no sense.
    """
    if not 2 <= parts <= MOST:
        raise ValueError(f"between 2 and {MOST} partitions")
    return [
        "ALTER TABLE identity_key RENAME TO identity_key_whole",
        "ALTER TABLE identity_key_whole RENAME CONSTRAINT pk_identity_key TO pk_identity_key_whole",
        "CREATE TABLE identity_key (key BYTEA NOT NULL, patient_id BIGINT NOT NULL, "
        "CONSTRAINT pk_identity_key PRIMARY KEY (key, patient_id)) PARTITION BY HASH (key)",
        *(
            f"CREATE TABLE identity_key_{part:03} PARTITION OF identity_key "
            f"FOR VALUES WITH (MODULUS {parts}, REMAINDER {part})"
            for part in range(parts)
        ),
        "INSERT INTO identity_key SELECT key, patient_id FROM identity_key_whole",
        "DROP TABLE identity_key_whole",
        "ANALYZE identity_key",
    ]
