"""Stand-ins for model servers: real sockets and processes, scripted answers, faults on demand.

Each is an async context manager with a `url` (or a `command`). What it says is scripted:

    async with OllamaServer(models=["qwen"], answer="Hello") as ollama: ...
    OllamaServer(answer=["first", Answer("second", fault=Fault("cut"))])      # in this order
    OllamaServer(answer=lambda asked: "fixed" if "Traceback" in asked.prompt else "broken")

What it was asked is in `asked`, in order; `await server.until_asked(2)` waits for the second.
See `script.py` for what an answer and a fault can be.
"""
