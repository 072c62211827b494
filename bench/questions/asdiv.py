# ASDiv-A (Miao, Liang and Su, ACL 2020; CC BY-NC 4.0) as data for the task gsm8k: asdiv_train.jsonl and asdiv_test.jsonl with the columns
# question, answer and grade. Fold 0 of the published five is held out. Of https://github.com/chaochun/nlu-asdiv-dataset it reads the folder dataset/.
#   python bench/questions/asdiv.py path/to/nlu-asdiv-dataset/dataset --to DIR [--grades 1,2]
import argparse
import json
import pathlib
import re
import xml.etree.ElementTree as ET

parser = argparse.ArgumentParser()
parser.add_argument('dataset', type=pathlib.Path)
parser.add_argument('--to', type=pathlib.Path, required=True)
parser.add_argument('--grades', default='1,2,3,4,5,6')
arguments = parser.parse_args()

folds = [set((arguments.dataset / f'nfolds/asdiv-a/fold{i}.txt').read_text().split()) for i in range(5)]
rows = {'train': [], 'test': []}
for problem in ET.parse(arguments.dataset / 'ASDiv.xml').iter('Problem'):
    fold = next((i for i, ids in enumerate(folds) if problem.get('ID') in ids), None)
    if fold is None or problem.get('Grade') not in arguments.grades.split(','):
        continue
    # "9 (apples)": the number, then its unit.
    number = re.match(r'[-\d.,/]+(?=\s*(?:\(|$))', problem.findtext('Answer').strip())
    if number is None:
        raise SystemExit(f'{problem.get("ID")}: the answer {problem.findtext("Answer")!r} does not begin with a number')
    question = f'{problem.findtext("Body").strip()} {problem.findtext("Question").strip()}'
    rows['test' if fold == 0 else 'train'].append({'question': question, 'answer': number.group(), 'grade': int(problem.get('Grade'))})
arguments.to.mkdir(parents=True, exist_ok=True)
for split, part in rows.items():
    (arguments.to / f'asdiv_{split}.jsonl').write_text(''.join(json.dumps(row) + '\n' for row in part))
    print(f'{len(part)} rows in {arguments.to}/asdiv_{split}.jsonl')
