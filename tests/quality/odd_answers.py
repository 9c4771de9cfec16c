"""Answers that are JSON, documents, diffs, or no answer at all, and all answers together."""

from __future__ import annotations

from tests.quality.answers import BASE, MD, PLAIN_ANSWERS, PY, Answer

JSON = (
    Answer(
        "JSON with files", '{"files": [{"path": "src/slug.py", "content": "x = 1\\n"}]}', "x = 1\n"
    ),
    Answer("JSON with one file", '{"path": "src/slug.py", "content": "x = 1"}', "x = 1\n"),
    Answer("JSON by path", '{"src/slug.py": "x = 1\\n", "README.md": "# x"}', "x = 1\n"),
    Answer(
        "JSON in a fence",
        '```json\n{"files": [{"file": "slug.py", "code": "x = 1\\n"}]}\n```',
        "x = 1\n",
    ),
    Answer(
        "JSON with raw newlines",
        '{"path": "src/slug.py", "content": "x = 1\ny = 2"}',
        "x = 1\ny = 2\n",
    ),
    Answer(
        "JSON with a fence inside",
        '{"path": "src/slug.py", "content": "```python\\nx = 1\\n```"}',
        "x = 1\n",
    ),
    Answer(
        "JSON with a fence in a docstring",
        '{"path": "src/slug.py", "content": '
        "\"def f():\\n    '''\\n    ```\\n    a\\n    ```\\n    '''\\n\"}",
        "def f():\n    '''\n    ```\n    a\n    ```\n    '''\n",
    ),
    Answer(
        "JSON with lines",
        '{"path": "src/slug.py", "content": ["x = 1", "y = 2"]}',
        "x = 1\ny = 2\n",
    ),
    Answer("JSON with code only", '{"code": "x = 1"}', "x = 1\n"),
    Answer(
        "JSON that is the file",
        '{"path": "/srv", "content": "none"}',
        '{"path": "/srv", "content": "none"}\n',
        file="conf.json",
    ),
    Answer(
        "JSON for another file",
        '{"files": [{"path": "src/other.py", "content": "x = 1"}]}',
        problem="wrong_file",
    ),
)

DOCUMENTS = (
    Answer("a bare document", MD, MD, file="README.md"),
    Answer("a document after a lead-in", f"Here is the README:\n\n{MD}", MD, file="README.md"),
    Answer("a wrapped document", f"```markdown\n{MD}```", MD, file="README.md"),
    Answer(
        "a wrapped document and advice",
        f"```markdown\n{MD}```\n\nTo see it:\n```bash\nless README.md\n```",
        MD,
        file="README.md",
    ),
    Answer("a document with a longer fence", f"````md\n{MD}````", MD, file="README.md"),
    Answer(
        "a document that ends with a block",
        "````md\n# T\n\n```bash\nmake\n```\n````",
        "# T\n\n```bash\nmake\n```\n",
        file="README.md",
    ),
    Answer("a document in a bare fence", f"```\n{MD}```", MD, file="README.md"),
    Answer(
        "bare blocks inside",
        "```markdown\n# T\n\n```\nnpm i\n```\n\nmore\n```",
        "# T\n\n```\nnpm i\n```\n\nmore\n",
        file="README.md",
    ),
    Answer(
        "a document that begins with a sentence",
        "This is a tool:\n\nuse it.\n",
        "This is a tool:\n\nuse it.\n",
        file="notes.txt",
    ),
)

DIFFS = (
    Answer(
        "a diff",
        "```diff\n--- a/src/slug.py\n+++ b/src/slug.py\n@@ -3,3 +3,3 @@\n\n def old(text):\n"
        "-    return text\n+    return text.strip()\n```",
        BASE.replace("return text\n\n", "return text.strip()\n\n", 1),
        base=BASE,
    ),
    Answer(
        "a diff with wrong numbers",
        "--- src/slug.py\n+++ src/slug.py\n@@ -90,2 +90,2 @@\n def keep(text):\n"
        "-    return text * 2\n+    return text * 3\n",
        BASE.replace("* 2", "* 3"),
        base=BASE,
    ),
    Answer(
        "a diff without numbers",
        '```diff\n@@ ... @@\n-VERSION = "1.0"\n+VERSION = "1.1"\n```',
        BASE.replace("1.0", "1.1"),
        base=BASE,
    ),
    Answer(
        "a diff for a new file",
        "```diff\n--- /dev/null\n+++ b/src/slug.py\n@@ -0,0 +1,2 @@\n+x = 1\n+y = 2\n```",
        "x = 1\ny = 2\n",
    ),
    Answer(
        "a diff whose first line is there twice",
        "@@ @@\n def f():\n-    return 2\n+    return 3\n",
        "def f():\n    return 1\n\n\ndef f():\n    return 3\n",
        base="def f():\n    return 1\n\n\ndef f():\n    return 2\n",
    ),
    Answer(
        "a diff that does not fit",
        "```diff\n--- a/src/slug.py\n+++ b/src/slug.py\n@@ -1 +1 @@\n-nothing like it\n+x\n```",
        problem="not_code",
        base=BASE,
    ),
    Answer(
        "a diff that fits twice",
        "@@ @@\n-    return\n+    return 1\n",
        problem="not_code",
        base="def a():\n    return\n\n\ndef b():\n    return\n",
    ),
    Answer(
        "a diff for another file",
        "```diff\n--- a/src/other.py\n+++ b/src/other.py\n@@ -1 +1 @@\n-a\n+b\n```",
        problem="wrong_file",
        base=BASE,
    ),
    Answer(
        "search and replace",
        "```\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n```",
        problem="not_code",
        base="x = 1\n",
    ),
)

PROBLEMS = (
    Answer("nothing", "", problem="empty"),
    Answer("blanks", "  \n\n ", problem="empty"),
    Answer("an empty block", "```python\n```", problem="empty"),
    Answer("thinking only", "<think>\nI wonder.\n</think>\n", problem="empty"),
    Answer("a refusal", "I'm sorry, but I can't assist with that request.", problem="refused"),
    Answer(
        "a refusal with a curly apostrophe", "I’m sorry, I can’t help with that.", problem="refused"
    ),
    Answer(
        "a refusal as an AI", "As an AI language model, I cannot write to files.", problem="refused"
    ),
    Answer(
        "a refusal in the second sentence",
        "Thank you for asking. Unfortunately, I am unable to do this.",
        problem="refused",
    ),
    Answer("a refusal in a block", "```\nI cannot fulfill this request.\n```", problem="refused"),
    Answer(
        "a refusal with advice",
        "I can't create files. Run this:\n```bash\ntouch slug.py\n```",
        problem="refused",
    ),
    Answer("a refusal in Chinese", "抱歉\uff0c我无法完成这个请求。", problem="refused"),
    Answer("a refusal the server tells", "partial", problem="refused", stop="refusal"),
    Answer(
        "an apology with code",
        f"I'm sorry for the mistake. Here is the fixed file:\n```python\n{PY}```",
        PY,
    ),
    Answer("cut by the limit", f"```python\n{PY}", problem="cut", stop="length"),
    Answer(
        "cut by the limit after a block", f"```python\n{PY}```\nThis", problem="cut", stop="length"
    ),
    Answer("a block that stays open", f"```python\n{PY[:60]}", problem="cut"),
    Answer(
        "prose only",
        "You could use a regular expression for this. Then strip the dashes.",
        problem="not_code",
    ),
    Answer(
        "a question back",
        "Could you tell me which characters are allowed in a slug?",
        problem="not_code",
    ),
    Answer("only a shell command", "```bash\npip install python-slugify\n```", problem="not_code"),
    Answer(
        "the rest is left out",
        "```python\ndef a():\n    return 1\n\n# ... rest of the code here\n```",
        problem="placeholder",
    ),
    Answer(
        "existing code is left out",
        "```js\n// ... existing code ...\nexport const a = 1;\n```",
        problem="placeholder",
        file="a.js",
    ),
    Answer("only dots", "```python\nimport re\n\n# ...\n\nx = 1\n```", problem="placeholder"),
    Answer(
        "your code here",
        "```python\ndef slugify(text):\n    # Your code here\n    pass\n```",
        problem="placeholder",
    ),
    Answer(
        "left out in JSX",
        "```jsx\nexport const A = () => (\n  <div>\n"
        "    {/* rest of the component remains unchanged */}\n  </div>\n);\n```",
        problem="placeholder",
        file="A.jsx",
    ),
    Answer(
        "to be implemented",
        "```python\ndef slugify(text):\n    # TODO: implement\n    pass\n```",
        problem="placeholder",
    ),
    Answer(
        "left-out code that the user left out",
        "```python\n# rest of the code here\nx = 2\n```",
        "# rest of the code here\nx = 2\n",
        base="# rest of the code here\nx = 1\n",
    ),
    Answer(
        "an invitation that was followed",
        "```python\ndef f(x):\n    # Your code here\n    return x * 2\n```",
        "def f(x):\n    # Your code here\n    return x * 2\n",
    ),
    Answer(
        "a placeholder the user wrote",
        "```python\n# Your code here\nx = 2\n```",
        "# Your code here\nx = 2\n",
        base="# Your code here\nx = 1\n",
    ),
    Answer(
        "a real note",
        "```python\nx = 1  # TODO: add more\n# TODO: improve speed for long texts\n```",
        "x = 1  # TODO: add more\n# TODO: improve speed for long texts\n",
    ),
    Answer(
        "an ellipsis that is code",
        "```python\nclass P:\n    def f(self) -> int: ...\n```",
        "class P:\n    def f(self) -> int: ...\n",
    ),
    Answer("another file in a tag", f'<file path="lib/x.py">\n{PY}</file>', problem="wrong_file"),
    Answer("another file", f"```python\n# src/other.py\n{PY}```", problem="wrong_file"),
    Answer("the same name elsewhere", f"```python path=lib/slug.py\n{PY}```", problem="wrong_file"),
    Answer("another file, bare", f"# lib/other.py\n{PY}", problem="wrong_file"),
)

ANSWERS = (*PLAIN_ANSWERS, *JSON, *DOCUMENTS, *DIFFS, *PROBLEMS)
