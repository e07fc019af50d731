"""What the live page and the offline report share: the payload, the ES modules, the look.

``payload`` turns results into what the page shows, ``arrays`` carries it (inside a file or
in a binary frame), ``assets`` names the modules. Nothing here knows of HTTP.

In a browser, ``import {mountPage} from "uptake/page"`` and ``import {readPayload} from
"uptake/payload"``; ``mountPage(element, await readPayload(JSON.parse(text)))`` shows it.
"""
