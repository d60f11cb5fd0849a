"""The frame of a page: it runs nothing, loads nothing, and a title is text."""

from subtasks.drawing import html_page


def test_a_page_can_load_and_run_nothing() -> None:
    page = html_page.head("Labels of <b>x</b>", "p{margin:0}") + html_page.FOOT
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert "<title>Labels of &lt;b&gt;x&lt;/b&gt;</title>" in page
    assert "p{margin:0}" in page
    assert page.startswith("<!DOCTYPE html>")
    assert page.endswith("</body></html>\n")
    for what in ("<script", "http://", "https://", "@import", "src="):
        assert what not in page.replace("default-src=", "")
