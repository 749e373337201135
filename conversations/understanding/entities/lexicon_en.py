"""English, of first and second speakers. Words are folded: no accents, lower case."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

from typing import Final

from conversations.understanding.entities.lexicon import Lexicon

_NUMBERS: Final = {
    "zero": 0, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "a couple of": 2, "couple of": 2,
    "both": 2, "half a dozen": 6,
}  # fmt: skip

_ORDINALS: Final = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "twenty first": 21, "twenty-first": 21,
    "twenty second": 22, "twenty-second": 22, "twenty third": 23, "twenty-third": 23, "twenty fourth": 24,
    "twenty-fourth": 24, "twenty fifth": 25, "twenty-fifth": 25, "twenty sixth": 26, "twenty-sixth": 26,
    "twenty seventh": 27, "twenty-seventh": 27, "twenty eighth": 28, "twenty-eighth": 28, "twenty ninth": 29,
    "twenty-ninth": 29, "thirtieth": 30, "thirty first": 31, "thirty-first": 31,
}  # fmt: skip

_MONTHS: Final = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5, "june": 6, "jun": 6, "july": 7,
    "jul": 7, "august": 8, "aug": 8, "september": 9, "sept": 9, "sep": 9, "october": 10, "oct": 10, "november": 11, "nov": 11, "december": 12,
    "dec": 12, "enero": 1, "febrero": 2, "marzo": 3, "abril": 4, "mayo": 5, "junio": 6, "julio": 7, "agosto": 8, "septiembre": 9,
    "octubre": 10, "noviembre": 11, "diciembre": 12, "janeiro": 1, "fevereiro": 2, "dezembro": 12,
}  # fmt: skip

_MONTH_BEFORE_DAY: Final = frozenset({
    "january", "jan", "february", "feb", "march", "mar", "april", "apr", "may", "june", "jun", "july", "jul", "august", "aug", "september",
    "sept", "sep", "october", "oct", "november", "nov", "december", "dec",
})  # fmt: skip

_WEEKDAYS: Final = {
    "monday": 0, "mon": 0, "mondays": 0, "tuesday": 1, "tue": 1, "tues": 1, "wednesday": 2, "wed": 2, "weds": 2, "thursday": 3, "thu": 3,
    "thur": 3, "thurs": 3, "friday": 4, "fri": 4, "saturday": 5, "sat": 5, "sunday": 6, "sun": 6,
}  # fmt: skip

_RELATIVE_DAYS: Final = {
    "today": 0, "later today": 0, "tonight": 0, "tonite": 0, "2night": 0, "2nite": 0, "this evening": 0, "this afternoon": 0, "right now": 0,
    "from now": 0, "tomorrow": 1, "tommorow": 1, "tomorow": 1, "tommorrow": 1, "tmrw": 1, "tmr": 1, "tmw": 1, "tomo": 1, "2morrow": 1,
    "2moro": 1, "day after tomorrow": 2, "the day after tomorrow": 2, "yesterday": -1, "last night": -1,
}  # fmt: skip

_WEEKS_WORDS: Final = {
    "a week": 7, "one week": 7, "1 week": 7, "whole week": 7, "a fortnight": 14, "fortnight": 14, "two weeks": 14, "a couple of nights": 2,
    "couple of nights": 2, "couple nights": 2, "couple of days": 2, "the night": 1, "three weeks": 21,
}  # fmt: skip

_NOT_A_NAME: Final = frozenset({
    "i", "you", "he", "she", "it", "we", "they", "me", "my", "your", "his", "her", "our", "their", "the", "a", "an", "of", "for", "from", "to",
    "at", "in", "on", "and", "or", "but", "with", "without", "by", "is", "am", "are", "was", "were", "be", "been", "being", "not", "no", "yes",
    "ok", "okay", "just", "only", "alone", "also", "still", "going", "looking", "trying", "coming", "arriving", "leaving", "staying",
    "traveling", "travelling", "interested", "sorry", "sure", "happy", "vegetarian", "vegan", "allergic", "celiac", "diabetic", "disabled",
    "lost", "locked", "stuck", "hungry", "tired", "here", "there", "this", "that", "these", "those", "one", "two", "three", "four", "five",
    "six", "seven", "eight", "nine", "ten", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january",
    "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "today", "tomorrow",
    "tonight", "please", "thanks", "thank", "hello", "hi", "hey", "good", "morning", "afternoon", "evening", "night", "nights", "room",
    "rooms", "suite", "hotel", "booking", "reservation", "reservations", "guest", "guests", "adults", "adult", "kids", "people", "person",
    "family", "double", "single", "twin", "king", "queen", "do", "does", "did", "can", "could", "would", "will", "shall", "should", "have",
    "has", "had", "get", "got", "need", "want", "like", "what", "when", "where", "which", "who", "why", "how", "much", "many", "more", "less",
    "very", "too", "so", "then", "now", "new", "existing", "same", "another", "other", "different", "free", "available", "possible",
    "necessary", "about", "after", "before", "until", "till", "between", "during", "check", "checking", "calling", "writing", "having",
    "making", "using", "wondering", "afraid", "unable", "able", "done", "finished", "fine", "great", "nice", "perfect", "late", "early",
    "outside", "inside", "name", "wifi", "wrong", "right", "true", "because", "pending", "business", "work", "friends", "myself", "cancel",
    "cancelled", "confirm", "confirmed", "change", "changed", "bringing", "under", "over", "it's", "its", "i'm", "let", "lets", "all", "any",
    "some", "someone", "anyone", "everyone", "nobody", "nothing", "something", "anything",
})  # fmt: skip

_NAME_PARTICLES: Final = frozenset({
    "de", "del", "la", "las", "los", "da", "do", "dos", "das", "di", "van", "von", "der", "y", "e", "san", "st", "saint", "mc", "mac", "al",
    "el", "bin", "ben", "o'",
})  # fmt: skip


ENGLISH: Final = Lexicon(
    language="en",
    day_first=False,
    numbers=_NUMBERS,
    one_words=frozenset({"a", "an", "one"}),
    ordinals=_ORDINALS,
    ordinal_suffix_re=r" ?(?:st|nd|rd|th|ht)(?![^\W_])",
    months=_MONTHS,
    month_before_day=_MONTH_BEFORE_DAY,
    weekdays=_WEEKDAYS,
    of_re=r"(?: of | ?/ ?|-|, ?|\. ?(?!may (?:i|we|you)\b)| ?)",
    year_link_re=r"(?:, ?| of | in |/|-| )",
    article_re=r"(?:the |on the |on )?",
    day_marks_re=r"(?:the|on the|of the)",
    bare_needs_suffix=True,
    relative_days=_RELATIVE_DAYS,
    day_unit_re=r"days?",
    week_unit_re=r"weeks?",
    month_unit_re=r"months?",
    in_n_re=r"(?:in|within) {n} {u}(?! (?:advance|before|prior))|{n} {u} (?:from (?:now|today)|from now on)",
    ago_n_re=r"{n} {u} (?:ago|back|before)",
    next_before_re=r"(?:next|nxt|the next|coming|following)",
    next_after_re=r"(?:next|coming|following)",
    this_before_re=r"(?:this coming|this|that)",
    this_week_after_re=r"(?:of )?this week",
    next_week_after_re=r"(?:of |the )?(?:next week|following week|week after|nxt week)",
    weekend_re=r"(?:(?:long|bank holiday|holiday) weekend|weekend|week-end|wkend|wknd|week end)",
    this_month_re=r"(?:of|in) (?:this|the|the current) month|this month",
    next_month_re=r"(?:of )?next month|of the (?:next|following) month",
    in_month_re=r"(?:in|for|during|early|mid|late|beginning of|middle of|end of)(?!-)",
    connector_re=r" ?(?:(?:right )?through to(?: the)?|up until(?: the)?|thru(?: the)?|through(?: the)?|until the|until|untill|til|till|to the|to|and the|-+>?|/|~|up to|till the) ?",
    between_re=r"between",
    and_re=r"and",
    from_re=r"(?:from|between|starting|starts?|beginning)",
    arrive_re=(
        r"(?:arriv\w+|check(?:ing|s)? ?-?in|check me in|check us in|checkin\w*|chek in|come|coming|get there|getting there|getting in|get in(?= on| at| [a-z]+ \d)|"
        r"from|start\w*|beginning|begin|as of|land(?:ing)?|enter\w*|go there|travel\w*|fly\w* in|entry)"
    ),
    leave_re=(
        r"(?:leav\w+|depart\w*|check(?:ing|s)? ?-?out|check-out\w*|checkout\w*|check me out|check us out|check our|chek out|(?:go|going|fly|flying|come|coming) (?:home|back)|"
        r"go home|fly\w* (?:out|home|back)|head\w* (?:out|home|back)|return\w*|gone by|move out|exit|be off|off on the|out of there)"
    ),
    until_re=r"(?:until(?: the)?|untill|till(?: the)?|til|up to|through)",
    stay_re=(
        r"(?:book\w*|reserv\w*|rooms?|stay\w*|accommodat\w*|accomodat\w*|availab\w*|vacanc\w*|free|any ?thing (?:on|for|from|left)|some ?thing (?:on|for|from)|nights?|price|rates?|cost|quote|suite|"
        r"double|twin|single|triple|people|adults?|guests?|hotel|persons?|pax)"
    ),
    not_stay_re=(
        r"(?:tables?|dinner|lunch|breakfast|restaurants?|dining|dinning|massage\w*|spa|treatment\w*|appointment|slot|session|manicure|pedicure|"
        r"acupuncture|makeup|haircut|hair|pool|gym|taxi|cab|transfer|shuttle|pick ?up|tour|excursion|wi-?fi|wireless|internet|"
        r"not working|broken|park|parking|meeting|wedding|event|deposit|paid|flight|weather|rain\w*|freezing|foot bath|facial|skincare|doughnuts|milk)"
    ),
    night_re=r"(?:nights?|nites?|nigths?|nts?\b|night's)",
    count_units_re=(
        r"(?:people|persons?|ppl|peeps|pax|guests?|adult\w*|grown|kid\w*|child\w*|babies|baby|infants?|toddlers?|teen\w*|sons?|daughters?|boys?|girls?|"
        r"nights?|nites?|days?|weeks?|months?|rooms?|bedrooms?|beds?|bed\b|single|double|twin|triple|king|queen|family|suites?|years?|yrs?|yo\b|y/o|hours?|hrs?|h\b|"
        r"min\w*|am\b|pm\b|a\.?m|p\.?m|a ?clock|o ?clock|%|percent|dollars?|usd|euros?|eur\b|\$|€|stars?|floors?|km|miles?|"
        r"times?|dogs?|cats?|pets?|cars?|friends?|famil\w+|couples?|towels?|pillows?|bags?|suitcases?|beers?|bottles?|of us|"
        r"in the (?:morning|afternoon|evening)|at night|table|option|half|quarter|past|ankle|more|extra|spots?|single|x ?\d|ocean)"
    ),
    weeks_words=_WEEKS_WORDS,
    person_re=r"(?:people|persons?|poeple|peopel|ppl|peeps|pax|guests?|travell?ers?|visitors|pers\b|individuals|of us|heads)",
    adult_re=r"(?:adults?|aduts|grown[- ]?ups?|grownups|ad\b|seniors?|women|woman|men\b|ladies|guys)",
    child_re=(
        r"(?:kids?|kiddos?|children|childrens|childs?|childern|minors?|toddlers?|teens?|teenagers?|sons?|daughters?|boys|girls|"
        r"youngsters?|little ones?|ankle biters|twins(?= aged)|minor child)"
    ),
    baby_re=r"(?:bab(?:y|ies)|infants?|newborns?)",
    age_unit_re=r"(?:years? old|years? of age|years?|yrs? old|yrs?|y/o|yo\b|y\b|-year-olds?|-yr-olds?)",
    age_month_re=r"(?:months? old|months?|mo\b|mths?)",
    we_are_re=r"(?:we are|we're|were|we will be|we'll be|there are|there will be|there'll be|there's|there is|total of|in total|it's|party of|group of|just|us|be)",
    for_re=r"(?:for|4(?= \d))",
    alone_re=r"(?:(?:just|only) (?:for )?(?:me|myself)|(?:me|myself) only|(?:for|by) myself|(?:just|only) (?:for )?one\b(?! (?:night|day|room|week|bed|more|double|single|thing|question|car|dog|child|kid|adult))|(?:just|only) (?:one|1) person|single person|solo travell?er|travell?ing (?:alone|solo)|on my own|(?:i am|i'm|im) alone|coming alone|me alone)",
    couple_re=r"(?:(?<!last )(?<!next )(?<!past )\b(?:a|my|as a|the|we are a|young|married|one) couple(?! (?:of|nights|days|weeks|more))|honeymoon|newlyweds)",
    family_of_re=r"(?:(?:family|group|party) of)",
    none_re=r"(?:no|without(?: any)?|zero|not bringing any|don't have any|dont have any|don't have|dont have)",
    me_re=r"(?:(?:it's|its|just|for) me\b|me,? my|and i\b|and me\b|and myself|& i\b|& me\b|myself and|me and|me with|me, |i and|me \+|with me|plus me|me plus|for me and|i'm coming with|i am coming with|im coming with|i'm travell?ing with|i am travell?ing with|coming in \d+ days with my)",
    adult_relation_re=(
        r"(?:wife|missus|husband|hubby|partner|girlfriend|boyfriend|gf|bf|fiancee?|spouse|mom|mum|mother|dad|father|sister|brother|"
        r"friend|cousin|aunt|uncle|grandmother|grandfather|grandma|grandpa|colleague|boss|mate|roommate|coworker|nephew|niece|parent|in-law|mother-in-law)"
    ),
    child_relation_re=r"(?:son|daughter|kid|child|baby|toddler|teenager|teen|little one|infant|boy|girl|newborn|grandson|granddaughter|grandchild)",
    possessive_re=r"(?:my|our|the|his|her|their|a)",
    plus_re=r"(?:,? ?and|,? ?plus|,? ?\+|,? ?with|,|;|\.|/|,? ?&)",
    room_re=r"(?:rooms?|bedrooms?|suites?|apartments?|doubles\b|singles\b|twins\b|studios?|cabins?|units?)",
    room_types=(
        (r"(?:junior suites?|jr\.? suites?)", "junior_suite"),
        (r"(?<!en )(?<!en-)(?:suites?)(?! (?:hotel|inn))", "suite"),
        (r"(?:quad(?:ruple)?s?(?: rooms?)?)", "quadruple"),
        (r"(?:triples?)(?! check)", "triple"),
        (r"(?:twins?(?: rooms?| beds?| bedded)?|(?:2|two) (?:single|separate|twin) beds|separate beds)", "twin"),
        (r"(?:family rooms?|family suites?|family bedroom|family size\w* room)", "family"),
        (
            r"(?:doubles?(?: rooms?| beds?)?|dbl|king(?: size\w*)?(?: room| bed)?|queen(?: size\w*)?(?: room| bed)?|full size bed)(?! check)",
            "double",
        ),
        (
            r"(?:single rooms?|single bed(?:room)?s?|sgl|(?:a|one|1|\d) singles?(?! (?:person|day|night|time))|singles\b)",
            "single",
        ),
        (r"(?:superior)", "superior"),
        (r"(?:deluxe|delux|de luxe|luxury room)", "deluxe"),
        (r"(?:standard)", "standard"),
    ),
    room_number_re=r"(?:room|rm|suite):?(?: (?:number|no\.?|nr\.?|num|#))? ?#? ?(\d{2,4}(?:[a-z](?![^\W_]))?)(?![^\W_]|%|[/:-]\d)",
    at_re=r"(?:at|around|about|by|before|after|until|till|for|from|since|circa|than|approx\w*|of)",
    hour_unit_re=r"(?:o ?'? ?clock|hrs?|hours?(?! (?:of|before|later|after|in))|h\b)",
    dayparts=(
        (r"in the morning|morning|am\b|a\.? ?m\b\.?", "morning"),
        (r"in the afternoon|afternoon|in the evening|evening|pm\b|p\.? ?m\b\.?", "afternoon"),
        (r"at night|in the night|night", "night"),
    ),
    half_re=r"half",
    quarter_re=r"(?:a )?quarter",
    past_re=r"(?:past|after)",
    to_re=r"(?:to|till|before)",
    noon_re=r"(?:at noon|noon|midday|mid-day)",
    midnight_re=r"(?:midnight)",
    time_from_re=r"(?:since|starting|starts at|from)",
    time_to_re=r"(?:leaving|leave|check out|checkout)",
    minutes_first=True,
    name_before_re=(
        r"(?:under the (?:name|last name|surname|reservation|booking)(?: of)?|under the reservation|under|in the name of|on behalf of|name of|my (?:full )?name is|my name's|my name:|name is|name's|name:|full name:|"
        r"this is|i am|i'm|im|it is|it's|it is for|call me|booking for|reservation for|behalf of|booked by|made by|guest:|hi,? i'm|sincerely,?|regards,?|(?:put|book|pencil) (?:it|us|me)(?: in)? for|cheers,|best,)"
    ),
    name_after_re=r"(?:here\b)",
    not_a_name=_NOT_A_NAME,
    name_particles=_NAME_PARTICLES,
    phone_words_re=r"(?:phone|cell|mobile|number|whatsapp|call me|contact|tel)",
    booking_words_re=r"(?:code|booking|reservation|confirmation|reference|ref|number|locator)",
    holidays=(
        (r"easter(?: weekend| week| sunday)?", "easter"),
        (r"(?:carnival|mardi gras)", "carnival"),
        (r"new year'?s'? eve", "new_years_eve"),
        (r"new year(?:'?s'?)?(?: day)?", "new_year"),
        (r"(?:christmas|xmas) eve", "christmas_eve"),
        (r"(?:christmas(?: day)?|xmas)", "christmas"),
        (r"independence day|(?:4th|fourth) of july", "independence"),
        (r"thanksgiving(?: day)?", "thanksgiving"),
        (r"labou?r day", "labour"),
        (r"valentine'?s?'?(?: day)?", "valentine"),
    ),
)
