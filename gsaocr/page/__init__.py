"""From an image file to the images of its lines.

The path: ``load.load_pages`` gives grey pages as displayed; ``prepare.prepare`` evens their light
and finds the ink; ``layout.find_lines`` finds regions, lines and cells in reading order; and
``PageLayout.crop`` cuts out each cell, level and freed of its neighbours. What is read goes into
the tree of ``document``, from which every output is written.
"""
