"""Which words of a prompt say what to paint."""

import re

PARAMETERS = re.compile(r"(?:^|\s)(?:--|—)[a-z].*", re.DOTALL)
LINKS = re.compile(r"<?https?://\S+>?")
TRANSLATIONS = {
    "猫": "cat", "狗": "dog", "狐狸": "fox", "鸟": "bird", "鲸": "whale", "机器人": "robot", "花": "flower",
    "树": "tree", "船": "boat", "气球": "balloon", "城堡": "castle", "灯塔": "lighthouse", "火箭": "rocket",
    "人物": "person", "女孩": "girl", "蘑菇": "mushroom", "山": "mountain", "海": "sea", "森林": "forest",
    "城市": "city", "沙漠": "desert", "草地": "meadow", "夜": "night", "日落": "sunset", "雪": "snow", "雨": "rain",
    "红": "red", "蓝": "blue", "绿": "green", "紫": "purple", "粉": "pink", "金": "gold",
}  # fmt: skip


def words_of(prompt: str) -> list[str]:
    """The words that say what to paint, in lower case, without links and parameters; some Chinese is understood."""
    text = plain(prompt).lower()
    return [*re.findall(r"\w+", text), *(word for sign, word in TRANSLATIONS.items() if sign in text)]


def plain(prompt: str) -> str:
    """The prompt without links and parameters."""
    return PARAMETERS.sub("", LINKS.sub("", prompt)).strip()
