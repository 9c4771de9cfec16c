"""Words that give an answer away: refusals and lead-ins."""

from __future__ import annotations

import re

_I_AM = r"i(?:'m| am) "
_CANNOT = r"i\b[^.\n]{0,40}?(?:can|unable|not)"
_REFUSAL = re.compile(
    "|".join(
        (
            rf"{_I_AM}(?:really |very |so |truly )?sorry,? (?:but )?(?:i|as an|that|this)",
            rf"(?:sorry|apologies|unfortunately|regrettably),? (?:but )?(?:as an|{_CANNOT})",
            r"i apologi[sz]e,? but",
            r"as an? (?:ai|large language|language|artificial)",
            rf"{_I_AM}(?:just |only )?an? (?:ai|large language|language) (?:model|assistant)",
            rf"{_I_AM}(?:unable|not able|not programmed|not allowed|not permitted) to",
            rf"{_I_AM}not (?:comfortable|designed|authori[sz]ed)",
            r"i (?:can't|cannot|can not|won't|will not|must decline|have to decline|decline)",
            r"my (?:programming|guidelines|purpose) (?:does|do|prevents?|is)",
            r"it (?:is|would be) (?:not appropriate|inappropriate|unethical|illegal|against)",
            r"(?:很|非常)?(?:抱歉|对不起)",
            r"(?:我|作为)(?:无法|不能|一个)",
        )
    ),
    re.IGNORECASE,
)
_SENTENCES_LOOKED_AT = 3
_CHARACTERS_LOOKED_AT = 600

_AGREED = (
    r"(?:sure|certainly|of course|okay|ok|absolutely|great|alright|yes|no problem|got it"
    r"|understood)(?:[,.!:]|\b[^\n]*[:.!])?"
)
_ANNOUNCED = (
    r"(?:here(?:'s| is| are| you go)?|below (?:is|are)|this (?:is|file|code)"
    r"|i(?:'ve| have|'ll| will)|let(?:'s| me)|to (?:solve|implement|create|do|fix)"
    r"|the (?:following|code|file|updated|complete|function|implementation|corrected)"
    r"|we (?:can|need|will)|you can|based on|first,|given the|as requested|updated code"
    r"|apologies|i apologi[sz]e|i'm sorry|sorry)\b[^\n]*[:.!]"
)
_LEAD_IN = re.compile(f"{_AGREED}|{_ANNOUNCED}", re.IGNORECASE)
_PLAIN_LEAD_IN = re.compile(
    r"(?:sure|certainly|of course|okay|absolutely|here(?:'s| is| are)|below is)\b[^\n]*[:!]",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:code|answer|solution|response|output|file|result|program):", re.IGNORECASE)


def is_refusal(text: str) -> bool:
    """True when one of the first sentences says that the model will not or cannot do it."""
    plain = text.strip().replace("’", "'").lstrip("#*>_-\"' ")
    sentences = re.split(
        r"(?<=[.!?\u3002\uff01\uff1f])\s+|\n+|(?<=[\u3002\uff01\uff1f])", plain[:600]
    )
    return any(
        _REFUSAL.match(sentence.strip().lstrip("*_\"'"))
        for sentence in sentences[:_SENTENCES_LOOKED_AT]
    )


def is_lead_in(line: str) -> bool:
    """True for a line such as "Sure! Here is the code:"."""
    line = line.strip().replace("’", "'").strip("*_#` ")
    return bool(_LEAD_IN.fullmatch(line) or _LABEL.fullmatch(line))


def is_plain_lead_in(line: str) -> bool:
    """True for a lead-in that can be no line of a document or a configuration file."""
    return bool(_PLAIN_LEAD_IN.fullmatch(line.strip().replace("’", "'")))
