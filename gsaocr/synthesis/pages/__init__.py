"""Rendered pages with their truth, on which a text finder is trained and measured.

``renderer.PageRenderer`` draws a view of a made-up page at the size that the finder sees: kinds of
page (``prints``, ``tables``, ``forms``, ``receipts``, ``screens``, ``charts``, ``scatter``) fill a
``canvas`` with letters (``type``) of texts (``texts``) and with what is no text (``objects``,
``grounds``); ``optics`` bends the paper and ``scanning`` brings it to a picture. The truth moves
along. Faces and paragraphs for measuring are kept apart (``held_out``).
"""
