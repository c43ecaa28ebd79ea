"""What is offered to receive by C-GET."""

from tirage.network.offers import storage_classes
from tirage.network.scu.get import BY_USE, USUAL, get_offer

CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"


def test_each_syntax_has_a_context_of_its_own_so_that_nothing_is_recoded() -> None:
    offer = get_offer([MR, CT, CT, ""])
    assert offer.receives == (CT, MR)
    assert len(offer.contexts) == 1 + 2 * len(BY_USE)
    assert all(len(syntaxes) == 1 for _, syntaxes in offer.contexts[1:])


def test_no_more_contexts_than_an_association_has() -> None:
    for count in (1, 6, 7, 40, 63, 64, 127, 190):
        offer = get_offer(sorted(storage_classes())[:count])
        assert len(offer.contexts) <= 128
        assert len(offer.receives) == min(count, 127)


def test_where_no_class_is_known_the_usual_ones_are_offered() -> None:
    assert get_offer(["", ""]).receives == USUAL
    assert set(USUAL) <= storage_classes()


def test_an_offer_serves_for_a_smaller_one() -> None:
    assert get_offer([CT, MR]).covers(get_offer([CT]))
    assert not get_offer([CT]).covers(get_offer([CT, MR]))
