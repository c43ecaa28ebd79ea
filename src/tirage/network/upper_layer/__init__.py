"""The acceptor's side of the DICOM upper layer (PS3.8), without a socket.

`acceptor.Acceptor` is told what arrived and says what to answer and how many bytes to read next. The tables
of the standard are the program: `states` is Table 9-10 of PS3.8, `admission` Table 9-21, `pdus` Table 9-26.
"""
