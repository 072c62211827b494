// Words that make of a claim a guess, a condition or a goal: what mathematics and multiple choice alike take for no answer.

/** In front of what is claimed: "maybe 5", "it could be B", "if so, 5", "it remains to show 5". */
export const hedge =
  /\b(?:if|unless|maybe|perhaps|probably|possibly|presumably|whether|suppos(?:e|ing)|assum(?:e|ing)|guess(?:ing)?|gamble)\b|\b(?:could|may|might)(?: well)?(?: be)?\W*$|\b(?:want|wants|need|needs|wish|try|trying|aim|hope|must|have|left|remains?|should)(?: still)?(?: to)?(?: be)? (?:show|shown|prove|proven|proved|verify|verified|justify|explain)\b/i;

/** The same behind it: "5, maybe", "5 remains to be shown", "B, but I am not sure". */
export const hedgeBehind =
  /\b(?:maybe|perhaps|probably|possibly|presumably|i guess|remains? to|(?:yet|still) to be|if any|(?:could|may|might) (?:well )?be (?:right|wrong|correct|true|off|it)|(?:not|n't) (?:\w+ )?(?:sure|certain|know|proven|proved|shown))\b/i;
