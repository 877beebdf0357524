"""Every UPC-A whose zeros may be left out comes back from what is printed."""

from hypothesis import given
from hypothesis import strategies as st

from offline.rules.barcodes import check_digit, gtins, upc_a


def left_out(company: str, item: str) -> str | None:
    """The six digits of an UPC-E for five of each (GS1 General Specifications, figure 5.2.2.4-1, read backwards)."""
    if company[2:] in ("000", "100", "200") and item < "01000":
        return company[:2] + item[2:] + company[2]
    if company[3:] == "00" and item < "00100":
        return company[:3] + item[3:] + "3"
    if company[4] == "0" and item < "00010":
        return company[:4] + item[4] + "4"
    return company + item[4] if "00005" <= item < "00010" else None


_companies = st.one_of(
    st.integers(0, 99_999).map("{:05}".format),
    st.integers(0, 9_999).map("{:04}0".format),
    st.integers(0, 999).map("{:03}00".format),
)
_items = st.one_of(*(st.integers(0, most).map("{:05}".format) for most in (9, 99, 999, 9_999)))


@given(_companies, _items, st.sampled_from("01"))
def test_what_was_left_out_comes_back(company: str, item: str, system: str) -> None:
    six = left_out(company, item)
    body = system + company + item
    whole = body + check_digit(body)
    if six is not None:
        printed = system + six + whole[-1]
        assert upc_a(printed) == whole
        assert set(gtins(printed)) & set(gtins(whole)) == set(gtins(whole))


@given(st.text("0123456789", min_size=8, max_size=8))
def test_of_eight_digits_nothing_is_lost(code: str) -> None:
    """Whatever they may stand for, they also stand for themselves."""
    found = gtins(code)
    assert code.zfill(14) in found
    assert all(len(each) == 14 for each in found)
