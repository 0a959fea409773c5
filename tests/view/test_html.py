"""The page of ``explain --html``: parsed as text, and opened in headless Chromium."""

import re
from html.parser import HTMLParser

import browser
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from options import some_options
from strategies import CONTROLS, SEEDS, any_text, awkward_text, every_text

from newsnorm import KINDS, Edit, Quotation, Restoration, apply, explain
from newsnorm.view.html import fragment, page
from newsnorm.view.terminal import escape_controls, segments

STORY = explain((SEEDS / "diplomacy.flat.txt").read_text(encoding="utf-8").strip(), paragraphs=True)
HOSTILE = [
    "<script>document.title = 'owned'</script>",
    "</p></article></script></style><img src=x onerror=\"document.title='owned'\">",
    '" onmouseover="document.title=\'owned\'" x="',
    "' autofocus onfocus=document.title='owned' '",
    "<!-- --><svg onload=document.title='owned'>]]><![CDATA[",
    "&lt;b&gt; &amp;amp; &#60;script&#62; &nbsp",
    "<iframe src=javascript:parent.document.title='owned'></iframe><base href=//evil.example><meta http-equiv=refresh>",
    "{title} {style} %s ${x} {{}}",
    *CONTROLS.values(),
]
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "script", "article", "header", "h1", "h2", "p", "fieldset"),
    *("legend", "label", "input", "b", "span", "div", "section", "ins", "del", "details", "summary", "ol", "li", "q"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
VOID = {"meta", "input"}


class StrictParser(HTMLParser):
    """A parser that accepts only known elements, properly nested, without scripts or references to elsewhere."""

    def __init__(self, text):
        super().__init__()
        self.open, self.titles, self.text = [], [], {"restored": "", "flat": "", "undone": ""}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        assert tag in ELEMENTS, tag
        assert not {name for name in attributes if name.startswith("on")}, attributes
        assert not {"src", "href", "action", "style", "autofocus"} & set(attributes), attributes
        self.titles += [attributes["title"]] if "title" in attributes else []
        if tag not in VOID:
            self.open.append((tag, attributes.get("class") or ""))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        within = {tag for tag, _ in self.open}
        classes = {name for _, kinds in self.open for name in kinds.split()}
        if "flat" in classes:
            self.text["flat"] += data
        elif "restored" in classes:
            self.text["restored"] += "" if "del" in within else data
            self.text["undone"] += "" if "ins" in within else data


# --- parsed as text ---------------------------------------------------------------------------------------------------


@given(every_text.filter(lambda text: len(text) < 2_000), some_options)
def test_the_page_shows_both_texts_and_takes_no_markup_from_them(text, options):
    found = explain(text, **options)
    read = StrictParser(page(found)).text
    assert read["restored"] == "".join(escape_controls(part) for part, _, _ in segments(found))
    assert read["flat"] == escape_controls(found.source)
    undone = "".join(escape_controls(edit.before if edit else part) for part, edit, _ in segments(found))
    assert read["undone"] == undone


@given(any_text | awkward_text | st.sampled_from(HOSTILE), st.sampled_from(HOSTILE), st.floats(0, 1))
@example("<b>", "</script>", 0.0)
def test_markup_in_edits_quotations_and_titles_is_escaped(text, evil, probability):
    edit = Edit(0, text, text + evil, "case", probability)
    said = (Quotation(0, len(text + evil), text + evil, probability),)
    made = Restoration(text, apply(text, [edit]), (edit,), said)
    read = StrictParser(page(made, titles=[evil]))
    assert read.text["restored"] == escape_controls(text + evil)
    StrictParser(fragment(made))


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_control_and_direction_characters_are_escaped(control):
    written = page(explain(f"the rebels{control} left"))
    assert not set(control) & set(written) - set("safeowned]0;[2J31mecilop")
    written.encode()


@given(every_text.filter(lambda text: len(text) < 2_000), some_options)
def test_segments_join_to_the_text_and_hold_the_edits_in_order(text, options):
    found = explain(text, **options)
    parts = list(segments(found))
    assert "".join(part for part, _, _ in parts) == found.text
    assert tuple(edit for _, edit, _ in parts if edit) == found.edits
    assert all(part == edit.after for part, edit, _ in parts if edit)
    place = 0
    for part, _, spoken in parts:
        inside = any(said.start <= place and place + len(part) <= said.end for said in found.quotations)
        assert spoken == inside or not part
        place += len(part)


def test_a_quotation_within_another_is_part_of_the_same_segment():
    made = Restoration("abcdefgh", "abcdefgh", (), (Quotation(1, 7, "bcdefg", 0.9), Quotation(2, 4, "cd", 0.9)))
    assert [(part, spoken) for part, _, spoken in segments(made)] == [("a", False), ("bcdefg", True), ("h", False)]


def test_the_page_is_the_same_every_time():
    assert page(STORY) == page(STORY)
    assert fragment(STORY) == STORY._repr_html_()


def test_the_page_refers_to_no_external_resource():
    written = page(STORY)
    assert not re.findall(r"https?:|//[a-z]|@import|url\(", written)
    assert "default-src 'none'" in written


def test_each_edit_is_described_in_words_and_shown_in_context():
    written = page(explain("the u n s envoy left at t we don t know he said", paragraphs=True))
    rows = [re.sub("<[^>]*>", "|", row) for row in re.findall("<tr class.*?</tr>", written, re.DOTALL)]
    assert any("||contractions |apostrophe for the space||" in row for row in rows)
    assert any("||quotes |quotation mark inserted||" in row for row in rows)
    assert any("||case |the becomes The|||" in row for row in rows)
    (where,) = (row for row in rows if "don|&#x27;|t know" in row)
    assert "…" in where
    assert where.count(" ") < 20
    made = Restoration("a b", "a\nb", (Edit(1, " ", "\n", "paragraphs", 0.5),), ())
    assert "new line for the space" in page(made)


def test_several_texts_share_one_page():
    written = page(STORY, explain("haven t left"), titles=["One", "Two"])
    StrictParser(written)
    assert "<h1>One</h1>" in written
    assert "<h1>Two</h1>" in written
    assert written.count("<style>") == 1


def test_the_page_of_a_text_without_edits_says_so():
    assert "Nothing was restored." in page(explain(""))


# --- opened in Chromium -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    if browser.PATH is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    opened = browser.Browser()
    yield opened
    opened.close()


@pytest.fixture
def shown_page(chromium, tmp_path):
    def show(*restorations, **options):
        path = tmp_path / "page.html"
        path.write_text(page(*restorations or [STORY]), encoding="utf-8")
        chromium.open(path, **options)
        return chromium

    return show


#: Reads the restored text as the page shows it.
SHOWN = "document.querySelector('.restored').innerText"


def test_the_page_shows_the_restored_text(shown_page):
    assert shown_page().run(SHOWN) == STORY.text


@pytest.mark.parametrize("kind", sorted({edit.kind for edit in STORY.edits}))
def test_a_toggle_undoes_and_redoes_the_edits_of_its_kind(shown_page, kind):
    page_ = shown_page()
    page_.click(f"input[value={kind}]")
    without = apply(STORY.source, [edit for edit in STORY.edits if edit.kind != kind])
    assert page_.run(SHOWN) == without
    page_.click(f"input[value={kind}]")
    assert page_.run(SHOWN) == STORY.text


def test_with_all_toggles_off_the_page_shows_the_source_text(shown_page):
    page_ = shown_page()
    page_.run("document.querySelectorAll('input').forEach((input) => input.click())")
    assert page_.run(SHOWN) == STORY.source


def test_toggles_affect_only_their_own_text(shown_page):
    page_ = shown_page(STORY, STORY)
    page_.click("input[value=case]")
    first, second = page_.run("[...document.querySelectorAll('.restored')].map((text) => text.innerText)")
    assert first != second == STORY.text


def test_the_summary_counts_the_edits_of_each_kind(shown_page):
    labels = shown_page().run("[...document.querySelectorAll('label')].map((label) => label.innerText)")
    for kind in {edit.kind for edit in STORY.edits}:
        count = sum(edit.kind == kind for edit in STORY.edits)
        assert any(label.startswith(kind) and f"{count} edit" in label for label in labels)


def test_clicking_an_edit_shows_its_description_and_probability(shown_page):
    page_ = shown_page()
    page_.click("ins.contractions")
    edit = next(edit for edit in STORY.edits if edit.kind == "contractions")
    expected = f"contractions, {100 * edit.probability:.0f}\u00a0%: apostrophe for the space"
    assert page_.run("document.querySelector('ins.contractions').title") == expected
    assert page_.run("document.querySelector('.detail').innerText") == expected


def test_everything_is_reachable_by_keyboard(shown_page):
    page_ = shown_page()
    toggles = page_.run("document.querySelectorAll('input').length")
    for _ in range(toggles):
        page_.press("Tab")
    page_.press(" ")
    assert page_.run("document.querySelector('label:last-of-type input').checked") is False
    page_.press(" ")
    page_.press("Tab")
    assert page_.run("document.activeElement.className") == "text restored"
    detail = "document.querySelector('.detail').innerText"
    seen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "End", "Home"):
        page_.press(key)
        assert page_.run("document.activeElement.tagName") == "INS"
        seen.append(page_.run(detail))
    assert seen[0] == seen[2] == seen[4]
    assert len(set(seen)) == 3
    # The whole text is one tab stop; the next one follows it.
    page_.press("Tab")
    assert page_.run("document.activeElement.tagName") == "SUMMARY"


def test_the_arrow_keys_skip_edits_of_a_kind_that_is_off(shown_page):
    page_ = shown_page()
    page_.run("document.querySelectorAll('input:not([value=hyphens])').forEach((input) => input.click())")
    page_.run("document.querySelector('.restored').focus()")
    page_.press("ArrowRight")
    assert page_.run("document.activeElement.classList.contains('hyphens')")


def test_the_focused_element_has_an_outline(shown_page):
    page_ = shown_page()
    page_.press("Tab")
    assert page_.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_needs_no_horizontal_scrolling(shown_page, width):
    long = explain("pneumonoultramicroscopicsilicovolcanoconiosis" * 9 + " isn t " + "supercalifragilistic" * 9)
    page_ = shown_page(STORY, long, width=width)
    page_.run("document.querySelectorAll('details').forEach((details) => { details.open = true })")
    assert page_.run("document.documentElement.scrollWidth") <= width
    within = "[...document.querySelectorAll('label b')].every((name) => name.scrollWidth <= name.clientWidth + 1 && "
    within += "name.getBoundingClientRect().right < name.closest('label').getBoundingClientRect().right)"
    assert page_.run(within)


#: Finds the lowest contrast of a text with its background, by the formula of WCAG 2, and the element that has it.
CONTRAST = """
(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, k) => sum + c * [0.2126, 0.7152, 0.0722][k], 0);
  const behind = (element) => {
    const color = parse(getComputedStyle(element).backgroundColor);
    return color.length < 4 || color[3] === 1 ? color : behind(element.parentElement);
  };
  let worst = [99, ""];
  for (const element of document.querySelectorAll("body *")) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    if (!element.getClientRects().length) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < worst[0]) worst = [ratio, element.outerHTML.slice(0, 120)];
  }
  return worst;
})()
"""


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_contrasts_with_its_background(shown_page, dark):
    edits = tuple(Edit(k, "a", "b", kind, 0.3) for k, kind in enumerate((*KINDS, "paragraphs")))
    every = Restoration("a" * 8, "b" * 8, edits, (Quotation(2, 6, "bbbb", 0.5),))
    page_ = shown_page(STORY, every, dark=dark)
    page_.run("document.querySelectorAll('details').forEach((details) => { details.open = true })")
    page_.run("document.querySelector('input').click()")
    ratio, where = page_.run(CONTRAST)
    assert ratio >= 4.5, where


def test_dark_mode_changes_the_background(shown_page):
    ground = "getComputedStyle(document.querySelector('section')).backgroundColor"
    assert shown_page(dark=True).run(ground) != shown_page().run(ground)


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_text_is_never_taken_for_markup(shown_page, evil):
    page_ = shown_page(explain(f"he said {evil} i don t know {evil}"))
    assert page_.run("document.title") == "What newsnorm restored"
    assert page_.run("document.querySelectorAll('script').length") == 1
    assert page_.run("document.querySelectorAll('img, svg, iframe, base, b[onclick]').length") == 0
    assert escape_controls(evil).strip() in page_.run("document.querySelector('.flat').textContent")
    page_.click("ins")
    assert page_.run("document.title") == "What newsnorm restored"


def test_the_browser_logs_no_error_and_loads_nothing_else(shown_page):
    page_ = shown_page()
    page_.press("Tab")
    methods = [event.get("method") for event in page_.events]
    assert "Log.entryAdded" not in methods
    assert "Runtime.exceptionThrown" not in methods
    asked = [e["params"]["request"]["url"] for e in page_.events if e.get("method") == "Network.requestWillBeSent"]
    assert [url.partition(":")[0] for url in asked] == ["file"]


def test_the_content_security_policy_blocks_injected_scripts(shown_page):
    """Even if a text were ever taken for markup, the policy of the page would block its scripts."""
    page_ = shown_page()
    page_.run("""
        document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=\\"document.title = 'owned'\\">");
        const script = document.createElement("script");
        script.textContent = "document.title = 'owned'";
        document.body.append(script);
        new Promise((resolve) => setTimeout(resolve, 100));
    """)
    assert page_.run("document.title") == "What newsnorm restored"


def test_controls_and_regions_have_accessible_names(shown_page):
    """Every control and region has a name, and a screen reader announces the state of each toggle."""
    nodes = shown_page().call("Accessibility.getFullAXTree")["nodes"]

    def named(role):
        return [node.get("name", {}).get("value", "") for node in nodes if node.get("role", {}).get("value") == role]

    boxes = named("checkbox")
    assert len(boxes) == len({edit.kind for edit in STORY.edits})
    assert all(re.match(r"[a-z]+ ?\d+ edits?, \d+\s% sure", box.replace("\n", " ")) for box in boxes)
    assert named("article") == ["What newsnorm restored"]
    assert "Restored text. Arrow keys go from edit to edit." in named("group")
    assert named("heading") == ["What newsnorm restored", "Restored", "Flat"]
    assert len(named("status")) == 1


def test_a_notebook_can_show_several_results(chromium, tmp_path):
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><title>n</title>{STORY._repr_html_()}<p>Out [2]:</p>{STORY._repr_html_()}")
    chromium.open(path)
    chromium.click("input[value=case]")
    first, second = chromium.run("[...document.querySelectorAll('.restored')].map((text) => text.innerText)")
    assert first != second == STORY.text
    chromium.run("document.querySelectorAll('.restored')[1].focus()")
    chromium.press("ArrowRight")
    assert chromium.run("document.querySelectorAll('.detail')[1].innerText").startswith("case, ")
