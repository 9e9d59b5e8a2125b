// Shows as many blocks as fit and a "more" button for the rest, by measuring; nothing ever scrolls or shrinks.

import { button } from './dom.js';

/** @param {HTMLElement} box */
function overflows(box) {
  return box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1;
}

/**
 * Fills a box of fixed height. The first page is shown; "more" turns on and, after the last page, begins anew.
 * @param {HTMLElement} box
 * @param {HTMLElement[]} blocks
 * @param {string} more label of the button
 */
export function fill(box, blocks, more) {
  let from = 0;
  const turner = button('more', more, () => { from = until(from) < blocks.length ? until(from) : 0; show(); }, { class: 'more wide' });
  box.replaceChildren(...blocks, turner);
  turner.hidden = true;
  box.classList.remove('compact');
  for (const block of blocks) block.hidden = false;
  if (!overflows(box)) return;
  // A picture beside a question goes before the question has to be turned.
  const kept = blocks.filter((block) => !block.hasAttribute('data-spare'));
  for (const block of blocks) block.hidden = !kept.includes(block);
  if (kept.length < blocks.length && !overflows(box)) return;
  box.classList.add('compact');
  if (!overflows(box)) return;
  // The words come first where picture and words do not stand together.
  blocks = [...kept.filter((block) => !block.classList.contains('picture')), ...kept.filter((block) => block.classList.contains('picture'))];
  box.replaceChildren(...blocks, turner);
  turner.hidden = false;
  show();
  /** @param {number} first @returns {number} */
  function until(first) {
    for (const block of blocks) block.hidden = true;
    let end = first;
    for (const block of blocks.slice(first)) {
      block.hidden = false;
      if (end > first && overflows(box)) { block.hidden = true; break; }
      end += 1;
    }
    return end;
  }
  function show() { until(from); }
}
