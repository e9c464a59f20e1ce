"""Records what transformers' apply_chat_template writes.

  record.py FOLDER OUT [--text]
  record.py snippets.txt OUT

For every FOLDER/<name>/ (tokenizer_config.json or chat_template.jinja), every
conversation of cases.json and every variant: the rendered text, the message of
raise_exception, or that it is an error. Without --text only lengths and digests
are written, so that the record holds none of the template's own sentences.
The second form records small templates, divided by ----, over the conversation
"call-result" and its tools. Needs: pip install transformers jinja2. Today is 22 November 2026 for every template.
"""
import datetime, gzip, hashlib, json, os, sys

import jinja2
import transformers
from transformers.utils import chat_template_utils as ctu


class Frozen(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2026, 11, 22, 15, 4, 5)


ctu.datetime = Frozen
NAMES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
here = os.path.dirname(os.path.abspath(__file__))
cases = json.load(open(os.path.join(here, "cases.json"), encoding="utf-8"))


def load(folder):
    """The template, and a function from a case to its text."""
    config, special = os.path.join(folder, "tokenizer_config.json"), {"bos_token": "<s>", "eos_token": "</s>"}
    if os.path.exists(config) and os.path.exists(os.path.join(folder, "tokenizer.json")):
        template = json.load(open(config, encoding="utf-8"))["chat_template"]
        tok = transformers.PreTrainedTokenizerFast.from_pretrained(folder)
        tok.chat_template = template
        return template, lambda m, t, k: tok.apply_chat_template(m, tools=t, tokenize=False, **k)
    with open(os.path.join(folder, "chat_template.jinja"), encoding="utf-8", newline="") as f:
        template = f.read()
    if os.path.exists(config):
        found = json.load(open(config, encoding="utf-8"))
        special = {k: v["content"] if isinstance(v, dict) else v for k, v in found.items() if k in NAMES and v}

    def render(messages, tools, kwargs):
        messages = [{k: v for k, v in m.items() if v is not None} for m in messages]
        return ctu.render_jinja_template(conversations=[messages], tools=tools, chat_template=template, **special, **kwargs)[0][0]

    return template, render


def run(render, conversation, variant, text):
    try:
        out = render(conversation["messages"], conversation.get("tools"), variant["kwargs"])
        kind = ""
    except Exception as e:
        if type(e) is not jinja2.exceptions.TemplateError:
            return "!error" + (" " + repr(e) if text else "")
        out, kind = str(e), "!raise "
    if text:
        return kind + out
    b = out.encode()
    return f"{kind}{len(b)}:{hashlib.sha256(b).hexdigest()[:12]}"


def save(out, lines):
    with open(out, "wb") as f:
        f.write(gzip.compress("\n".join(lines + [""]).encode(), mtime=0))


def main(root, out, text):
    lines = []
    for name in sorted(os.listdir(root)):
        template, render = load(os.path.join(root, name))
        source = {"package": "graft", "version": ""}
        if os.path.exists(os.path.join(root, name, "source.json")):
            source = json.load(open(os.path.join(root, name, "source.json")))
        runs = [run(render, c, v, text) for c in cases["conversations"] for v in cases["variants"]]
        lines.append(json.dumps({
            "name": name, "package": source["package"], "version": source["version"],
            "sha256": hashlib.sha256(template.encode()).hexdigest(), "runs": runs}, ensure_ascii=False))
    head = json.dumps({"transformers": transformers.__version__, "jinja2": jinja2.__version__,
                       "conversations": len(cases["conversations"]), "variants": len(cases["variants"])})
    save(out, [head] + lines)
    print(len(lines), "templates,", sum(len(json.loads(x)["runs"]) for x in lines), "renders")


def snippets(path, out):
    conv = next(c for c in cases["conversations"] if c["name"] == "call-result")
    rows = []
    for source in open(path, encoding="utf-8", newline="").read().split("\n----\n"):
        def render(messages, tools, kwargs):
            return ctu.render_jinja_template(conversations=[messages], tools=tools, chat_template=source, **kwargs)[0][0]
        rows.append(run(render, conv, {"kwargs": {}}, True))
    save(out, [json.dumps(r, ensure_ascii=False) for r in rows])
    print(len(rows), "snippets")


if sys.argv[1].endswith(".txt"):
    snippets(sys.argv[1], sys.argv[2])
else:
    main(sys.argv[1], sys.argv[2], "--text" in sys.argv)
