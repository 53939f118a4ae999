"""What keyboards, phones and chats produce: put right and told, or asked about with a fix, never lost."""

# ruff: noqa: RUF001

import pytest

from bot.prompts import lint
from bot.text import one_line

SLIPS = [
    # Values that hang on their names by other marks, or have more around them.
    ("a cat --niji-6", "a cat --niji 6"),
    ("a cat --s-250", "a cat --s 250"),
    ("a cat --v_7", "a cat --v 7"),
    ("a cat --niji v6", "a cat --niji 6"),
    ("a cat --v v7", "a cat --v 7"),
    ("a cat --v 6,1", "a cat --v 6.1"),
    ("a cat --ar = 3:2", "a cat --ar 3:2"),
    ("a cat --ar : 3:2", "a cat --ar 3:2"),
    ("a cat --ar 「3:2」", "a cat --ar 3:2"),
    ("a cat --ar 3:2\\", "a cat --ar 3:2"),
    ("a cat --ar 3:2 --", "a cat --ar 3:2"),
    ("a cat --ar 3:2 — --v 7", "a cat --ar 3:2 --v 7"),
    # Behind emoji, and what keyboards for Korean, Chinese and Japanese write for dashes, without eating the word.
    ("a cat🎨—ar 16:9✨—v 7✨", "a cat🎨✨✨ --ar 16:9 --v 7"),
    ("a cat 👨\u200d👩\u200d👧--ar 16:9", "a cat 👨\u200d👩\u200d👧 --ar 16:9"),
    ("고양이 ㅡㅡar 16:9", "고양이 --ar 16:9"),
    ("猫 一一ar 16:9 一一v 7", "猫 --ar 16:9 --v 7"),
    ("コーヒー--v 7", "コーヒー --v 7"),
    ("コーヒーーーar 3:2", "コーヒー --ar 3:2"),
    ("ラテ --no コーヒー--v 7", "ラテ --v 7 --no コーヒー"),
    ("世界一--v 7", "世界一 --v 7"),
    # Shapes and codes in other words.
    ("a cat --ar 16 by 9", "a cat --ar 16:9"),
    ("a cat --ar 16 to 9", "a cat --ar 16:9"),
    ("a cat --ar 16;9", "a cat --ar 16:9"),
    ("a cat --ar 16|9", "a cat --ar 16:9"),
    ("a cat --ar 1920×1080px", "a cat --ar 16:9"),
    ("a cat --ar ①⑥:⑨", "a cat --ar 16:9"),
    ("a cat --𝐚𝐫 𝟏𝟔:𝟗", "a cat --ar 16:9"),
    ("a cat --sref 123,456", "a cat --sref 123 456"),
    ("a cat -sref 123456", "a cat --sref 123456"),
    ("a cat --no-text", "a cat --no text"),
    ("猫∷2 狗∷1", "猫::2 狗::1"),
    # What pages, tables, editors and chats put around and into a prompt.
    ("a cat &amp;amp; dog &mdash;ar 3:2", "a cat & dog --ar 3:2"),
    ("a cat \\-\\-ar 3:2", "a cat --ar 3:2"),
    ("a cat\\n--ar 3:2", "a cat --ar 3:2"),
    ('"a cat, ""big"" --ar 3:2"', 'a cat, "big" --ar 3:2'),
    ("[28.11.26, 12:30:05] Ana: a cat --ar 3:2", "a cat --ar 3:2"),
    ("\u200e[28/11/2026, 12:30:05\u202fPM] Ana B: a cat", "a cat"),
    ("28/11/2026, 12:30 - Ana: a cat --ar 3:2", "a cat --ar 3:2"),
    ("Ana, [28.11.2026 12:30]\na cat", "a cat"),
    ("Ana — Today at 12:30 PM\na cat", "a cat"),
    ("提示词：一只猫", "一只猫"),
    # What hangs on a link, also on one that goes on behind a "?".
    ("[https://x.com/a.png](https://x.com/a.png) a cat", "https://x.com/a.png a cat"),
    ("https://x.com/a.png😀 cat", "https://x.com/a.png 😀 cat"),
    ("https://x.com/a.pngкот", "https://x.com/a.png кот"),
    ("https://x.com/a.png|a cat", "https://x.com/a.png a cat"),
    (
        "https://cdn.discordapp.com/a/1/a.png?ex=7f&hm=abc一只猫",
        "https://cdn.discordapp.com/a/1/a.png?ex=7f&hm=abc 一只猫",
    ),
    (
        "https://cdn.discordapp.com/a/1/a.png?ex=7f&hm=abc,a cat",
        "https://cdn.discordapp.com/a/1/a.png?ex=7f&hm=abc a cat",
    ),
    (
        "https://cdn.discordapp.com/a/1/a.png?ex=7f&hm=abc--ar 3:2",
        "https://cdn.discordapp.com/a/1/a.png?ex=7f&hm=abc --ar 3:2",
    ),
    ("a cat --sref https://x.com/a.png?x=1—ar 3:2", "a cat --sref https://x.com/a.png?x=1 --ar 3:2"),
    ("https://s.mj.run/abc—ar 3:2", "https://s.mj.run/abc --ar 3:2"),
    ("https://s.mj.run/abc一只猫", "https://s.mj.run/abc 一只猫"),
    # Other dashes, and dashes that hang on text without spaces.
    ("一只猫，——ar 3：2 ——v 6.1", "一只猫， --ar 3:2 --v 6.1"),
    ("一只猫——ar 3:2", "一只猫 --ar 3:2"),
    ("一只猫，--ar 3:2", "一只猫， --ar 3:2"),
    ("a cat,--ar 3:2", "a cat, --ar 3:2"),
    ("一只猫。—ar 3:2", "一只猫。 --ar 3:2"),
    ("猫が好き！ーーar 3:2", "猫が好き！ --ar 3:2"),
    ("고양이–ar 3:2", "고양이 --ar 3:2"),
    ("แมว−−ar 3:2", "แมว --ar 3:2"),
    ("a cat ―ar 3:2", "a cat --ar 3:2"),
    ("a cat －－ar 3:2", "a cat --ar 3:2"),
    ("a cat ⸺v 7", "a cat --v 7"),
    ("a cat ──v 7", "a cat --v 7"),
    ("a cat ‐‐v 7", "a cat --v 7"),
    ("a cat ﹣ar 3:2", "a cat --ar 3:2"),
    ("a cat — ar 3:2", "a cat --ar 3:2"),
    ("a cat - -ar  9 :16", "a cat --ar 9:16"),
    ("一只猫——v6.1——ar3：2——s 250", "一只猫 --v 6.1 --ar 3:2 --s 250"),
    ("a cat ——AR16：9—v7", "a cat --ar 16:9 --v 7"),
    ("a cat —tile", "a cat --tile"),
    ("一只猫，——tile", "一只猫， --tile"),
    ("一只猫（——tile）", "一只猫 --tile"),
    # Full width, other digits, what cannot be seen.
    ("a fox --ar １６：９", "a fox --ar 16:9"),
    ("a fox －－ａｒ １６：９", "a fox --ar 16:9"),
    ("a fox --ar：3：2", "a fox --ar 3:2"),
    ("a fox --ar ۱۶:۹ --s २५०", "a fox --ar 16:9 --s 250"),
    ("a fox --ar 16∶9", "a fox --ar 16:9"),
    ("a fox --ar 16比9", "a fox --ar 16:9"),
    ("a fox --ar 16×9", "a fox --ar 16:9"),
    ("a fox --s １，０００", "a fox --s 1000"),
    ("a fox --iw 0．5", "a fox --iw 0.5"),
    ("a fox --style ｒａｗ", "a fox --style raw"),
    ("a fox --sref １２３４５６", "a fox --sref 123456"),
    ("a fox --ar 16:9\u200b --v 7", "a fox --ar 16:9 --v 7"),
    ("a fox --a\u2060r 16:9\ufeff", "a fox --ar 16:9"),
    ("\ufeffa fox \u202a--ar 16:9\u202c", "a fox --ar 16:9"),
    ("a fox --ar 16:9\ufe0f", "a fox --ar 16:9"),
    # Full-width marks where their ASCII form counts.
    ("{红色，蓝色}的猫 --ar 3:2", "{红色, 蓝色}的猫 --ar 3:2"),
    ("{红、蓝}的猫", "{红, 蓝}的猫"),
    ("｛红，蓝｝的猫", "{红, 蓝}的猫"),
    ("猫：：2 狗：：1 --ar 3:2", "猫::2 狗::1 --ar 3:2"),
    ("猫：：－０．５ 狗::2", "猫::-0.5 狗::2"),
    ("猫 --no 红色，蓝色、绿色", "猫 --no 红色, 蓝色, 绿色"),
    ("a cat --ar {3：2，１：１}", "a cat --ar {3:2,1:1}"),
    # What stands around parameters and values.
    ("a cat (--ar 3:2)", "a cat --ar 3:2"),
    ("a cat [--ar 3:2 --v 7]", "a cat --ar 3:2 --v 7"),
    ("一只猫（--ar 3:2，--v 7）", "一只猫 --ar 3:2 --v 7"),
    ("一只猫「--ar 3:2」", "一只猫 --ar 3:2"),
    ("a cat `--ar 3:2`", "a cat --ar 3:2"),
    ("a cat **--ar 3:2**", "a cat --ar 3:2"),
    ('a cat "--ar 3:2"', "a cat --ar 3:2"),
    ("a cat (in the rain --ar 3:2)", "a cat (in the rain) --ar 3:2"),
    ("a cat --ar (3:2)", "a cat --ar 3:2"),
    ("a cat --ar [3:2] --style “raw”", "a cat --ar 3:2 --style raw"),
    ("a cat --ar 16:9。", "a cat --ar 16:9"),
    ("a cat --ar 16:9!", "a cat --ar 16:9"),
    ("a cat --ar 16:9，", "a cat --ar 16:9"),
    ("--ar 3:2，一只猫", "一只猫 --ar 3:2"),
    ("一只猫 --ar 3:2的", "一只猫的 --ar 3:2"),
    ("a cat --ar 1920x1080", "a cat --ar 16:9"),
    # What stands around the whole prompt.
    ('"a cat --ar 16:9"', "a cat --ar 16:9"),
    ("“a cat --ar 16:9”", "a cat --ar 16:9"),
    ("「一只猫 --ar 16:9」", "一只猫 --ar 16:9"),
    ("«un chat --ar 16:9»", "un chat --ar 16:9"),
    ("(a cat --ar 16:9)", "a cat --ar 16:9"),
    ("<a cat --ar 16:9>", "a cat --ar 16:9"),
    ('"a cat --ar 16:9', "a cat --ar 16:9"),
    ('a cat --ar 16:9"', "a cat --ar 16:9"),
    ('a cat"', "a cat"),
    ("`a cat`", "a cat"),
    ("```a cat\n--ar 3:2```", "a cat --ar 3:2"),
    ("```text\na cat\n--ar 3:2\n```", "a cat --ar 3:2"),
    ("**a cat --v 7**", "a cat --v 7"),
    ("||a cat||", "a cat"),
    ("> a cat\n> in the rain", "a cat in the rain"),
    ("/imagine prompt: a cat --ar 3:2", "a cat --ar 3:2"),
    ("/imagine a cat", "a cat"),
    ("imagine prompt：一只猫", "一只猫"),
    ("Prompt: a cat", "a cat"),
    ("**a cat --ar 3:2** - @ana (fast)", "a cat --ar 3:2"),
    ("**a \\*big\\* cat** - <@123> (31%) (fast)", "a *big* cat"),
    ("**a cat** - Variations (Strong) by @ana (fast)", "a cat"),
    ("a cat - Image #1 @ana", "a cat"),
    ('"hello" and "bye --ar 3:2"', '"hello" and "bye" --ar 3:2'),
    # Links.
    ("https://example.com/a.png，一只猫 --ar 3:2", "https://example.com/a.png 一只猫 --ar 3:2"),
    ("https://a.com/x.png一只猫", "https://a.com/x.png 一只猫"),
    ("https://a.com/x.png,a cat", "https://a.com/x.png a cat"),
    ("https://a.com/x?y=1。一只猫", "https://a.com/x?y=1 一只猫"),
    ("https://a.com/x.png：：2 一只猫", "https://a.com/x.png::2 一只猫"),
    ("https://a.com/x.pnghttps://b.com/y.jpg a cat", "https://a.com/x.png https://b.com/y.jpg a cat"),
    ("https://a.com/x.png--ar 3:2", "https://a.com/x.png --ar 3:2"),
    ("<https://a.com/x.png> a cat", "https://a.com/x.png a cat"),
    ("(https://a.com/x.png) a cat", "https://a.com/x.png a cat"),
    ("「https://a.com/x.png」一只猫", "https://a.com/x.png 一只猫"),
    ("a cat --sref（https://a.com/x.png）", "a cat --sref https://a.com/x.png"),
    ("https：//a.com/x.png a cat", "https://a.com/x.png a cat"),
    ("https://a.com/x.png, https://b.com/y.png，a cat", "https://a.com/x.png, https://b.com/y.png a cat"),
    ("[my cat](https://a.com/x.png) in rain", "https://a.com/x.png my cat in rain"),
    ("a cat --sref <https://a.com/x.png>", "a cat --sref https://a.com/x.png"),
    ("a cat --sref https://a.com/x.png，https://b.com/y.png", "a cat --sref https://a.com/x.png https://b.com/y.png"),
    # A chat's own things.
    ("a <:smile:123> cat <a:wave:45>", "a smile cat wave"),
]
ASKED = [
    ("cat::1,5 dog::2,5", "cat::1.5 dog::2.5"),
    ("https://x.com/a.pnga cat", "https://x.com/a.png a cat"),
    # Dashes that are lost or single.
    ("a cat ar 16:9", "a cat --ar 16:9"),
    ("a cat, ar: 16:9", "a cat, --ar 16:9"),
    ("a cat - ar 16:9", "a cat --ar 16:9"),
    ("a cat ~~ar 16:9", "a cat --ar 16:9"),
    ("a cat -no text -ar 3:2", "a cat --no text --ar 3:2"),
    ("a cat --aspect ratio 3:2", "a cat --ar 3:2"),
    ("a cat --negative prompt dog", "a cat --no dog"),
    ("スーパーar 16:9", "スーパー --ar 16:9"),
    ("a cat, https://x.com/a.png, in the rain", "https://x.com/a.png a cat, in the rain"),
    ("moon sun—v 6.1 —ar 1:2", "moon sun --v 6.1 --ar 1:2"),
    ("moon sun——ar 3:2", "moon sun --ar 3:2"),
    ("as on https://a.com/page sun—ar 3:2", "as on https://a.com/page sun --ar 3:2"),
    ("moon sun–s 250", "moon sun --s 250"),
    ("moon sun-ar 3:2", "moon sun --ar 3:2"),
    ("猫--stylze 50", "猫 --stylize 50"),
    ("a cat --width 1024 --height 768", "a cat --ar 4:3"),
    ("a cat --w 1024 --h 768", "a cat --ar 4:3"),
    ("a cat -W 512 -H 512", "a cat --ar 1:1"),
    ("a cat --height=768 --width=1024px", "a cat --ar 4:3"),
    ("a cat --size 1024x768", "a cat --ar 4:3"),
    ("a cat --resolution 1920*1080", "a cat --ar 16:9"),
    ("a cat --aspect_ratio 3:2", "a cat --ar 3:2"),
    ("a cat --neg blurry, hands", "a cat --no blurry, hands"),
    ("a cat --negative_prompt blurry", "a cat --no blurry"),
    ("a cat --negative-prompt blurry --v 7", "a cat --no blurry --v 7"),
    ("a {red} cat", "a red cat"),
    ("a cat --ar {3:2}", "a cat --ar 3:2"),
    ("a {} cat", "a cat"),
    ("a {red|blue} cat", "a {red, blue} cat"),
    ("{红；蓝}的猫", "{红, 蓝}的猫"),
    ("一只猫 ——stlye raw", "一只猫 --style raw"),
    ("一只猫，——stylze 50", "一只猫， --stylize 50"),
    ("a cat —stylze 50", "a cat --stylize 50"),
    ("a cat --ar 3,2", "a cat --ar 3:2"),
    ("a cat for <@123>", "a cat for"),
    ("a cat in <#5> at <t:1700000000:R>", "a cat in at"),
    ('a sign "--fast" on a wall', "a sign on a wall --fast"),
]
WITHOUT_A_FIX = [
    "cat::50% dog::50%",
    "a cat --s 1 000",
    "a cat --seed 5 6 --ar 3:2",
    "a cat --vibe",
    "1girl, <lora:detail:0.8>",
    "a cat Negative prompt: dog Steps: 20, Sampler: Euler a",
    "a cat --steps 30",
    "a {red/blue} cat",
    "a cat --seed -1",
    "一只猫 ——宽度abc 30 --foobarbaz 3",
    "一只猫 ——foobarbaz 3",
    "a cat --cfg 7",
    "a cat --cfg-scale 7.5",
    "a cat --sampler euler",
    "a cat --width 1024",
    "a cat --h 768",
    "a cat --size large",
    "a cat --model sdxl",
    "a cat --width 1024 --height 768 --ar 3:2",
    "a cat --stylze 50 --steps 30",
    "a cat --stylze wildly",
]
HONEST = [
    "https://x.com/a.jpg!w700 a cat",
    "https://x.com/a.png.webp a cat",
    "a cat - on a mat — at night --ar 3:2",
    "(masterpiece:1.2), 1girl, 8k, 50mm f/1.8",
    "A portrait—raw, honest",
    "El ar 3/4 y bar 16:9",
    "一只猫 --no 一只狗",
    "第一v 7",
    "ㅡㅡ 고양이",
    "x² + y², H₂O",
    "https://x.com/p?fit=crop,faces&q=80 a cat",
    "https://x.com/my--v2 a cat",
    "[2:3] grid: a cat",
    "Steps: to heaven",
    "/imagine prompt:",
    "prompt::2 dog::1",
    "a cat — sitting",
    "a cat—sitting on a mat",
    "day—no night",
    "she said —stop! loudly",
    "月亮——Tom的朋友",
    "to be ——Shakespeare, Hamlet",
    "https://a.com/x.png; https://b.com/y.png a cat",
    "well-known, state-of-the-art",
    "我的猫——很可爱",
    "猫、犬、そしてスーパーマン",
    "「你好」他说，“猫”",
    'he said "no" and left',
    '"a cat" and "a dog" --ar 3:2',
    'a sign that says "--help"',
    'a 5" doll',
    "a cat (and a dog) --ar 3:2",
    "一只猫，两只狗。",
    "https://a.com/x,y.png a cat",
    "https://a.com/a_(b).png a cat",
    "https://web.archive.org/web/2020/https://a.com/x.png a cat",
    "a model-s 75 car",
    "the 'real' thing, don't",
    "email me @ home",
    "a - b - c",
    "**a cat** and **a dog**",
    "a price of 5: 3 coins :)",
    "\u0645\u06cc\u200c\u062e\u0648",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f flag",
    "👩‍🚀 and ❤️‍🔥",
]


def check_sent(text: str) -> None:
    again = lint(text)

    assert (again.prompt, again.slips) == (text, ()), "reading it once more changes nothing"
    assert one_line(text) == text, "what is sent is what the card shows"


@pytest.mark.parametrize(("typed", "sent"), SLIPS)
def test_what_leaves_no_doubt_is_put_right_and_told(typed: str, sent: str) -> None:
    report = lint(typed)

    assert report.prompt == report.fixed == sent
    assert report.doubts == ()
    assert report.slips
    check_sent(sent)


@pytest.mark.parametrize(("typed", "fixed"), ASKED)
def test_what_may_mean_something_else_is_asked_about(typed: str, fixed: str) -> None:
    report = lint(typed)

    assert report.doubts
    assert report.fixed == fixed
    assert lint(report.fixed).doubts == (), "a fix leaves nothing to ask about"
    check_sent(report.prompt)
    check_sent(fixed)


@pytest.mark.parametrize("typed", WITHOUT_A_FIX)
def test_no_fix_changes_the_meaning_or_drops_a_value(typed: str) -> None:
    report = lint(typed)

    assert report.doubts
    assert report.prompt == report.fixed == typed


@pytest.mark.parametrize("typed", HONEST)
def test_what_means_itself_is_left_alone(typed: str) -> None:
    report = lint(typed)

    assert (report.prompt, report.fixed, report.slips, report.doubts) == (typed, typed, (), ())


@pytest.mark.parametrize(
    "blank", ["\n", "\r\n", "\t", "\xa0", "\u2028", "\u2029", "\u3000", "\x0b", "\u2003", "  ", "\u3164"]
)
def test_white_space_is_one_space(blank: str) -> None:
    assert lint(f"{blank}studio{blank}lighting --s{blank}150{blank}--niji 5{blank}").prompt == (
        "studio lighting --s 150 --niji 5"
    )


@pytest.mark.parametrize("names", ["--{fast, relax}", "--{v 6, v 7}", "——{fast, relax}"])
def test_names_in_braces_keep_their_dashes(names: str) -> None:
    assert names in lint(f"a road --ar 4:1 {names}").prompt
