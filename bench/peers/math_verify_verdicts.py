"""Math-Verify's verdicts on pairs {gold, response}, one JSON object a line: {"verdicts": [...], "perSecond": n}."""

import json
import sys
import time

from math_verify import parse, verify

with open(sys.argv[1], encoding="utf-8") as lines:
    pairs = [json.loads(line) for line in lines]
begun = time.time()
verdicts = [verify(parse(pair["gold"]), parse(pair["response"])) for pair in pairs]
print(json.dumps({"verdicts": verdicts, "perSecond": len(pairs) / (time.time() - begun)}))
