// What must hold of a screen of the kiosk wherever it stands: large targets that lie apart, nothing clipped, nothing that scrolls.

/** Millimetres: choices and keypads, letters, and what lies between two targets. */
export const LEAST = { target: 20, letter: 12.7, gap: 2.54 };

/**
 * Runs in the page.
 * @param {{ target: number, letter: number, gap: number }} least
 * @returns {{ faults: string[], target: number, letter: number, gap: number }} faults, and the least that was met, in mm
 */
export function measured(least) {
  const faults = [];
  const mm = parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--mm'));
  // A hundredth of a millimetre is less than a pixel.
  const near = 0.01;
  const shown = (one) => one.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true });
  const name = (one) => (one.textContent || one.ariaLabel || one.className).trim().slice(0, 24);
  const buttons = [...document.querySelectorAll('button')].filter(shown);
  const boxes = buttons.map((one) => one.getBoundingClientRect());
  const met = { target: Infinity, letter: Infinity, gap: Infinity };
  buttons.forEach((one, i) => {
    const box = boxes[i];
    const kind = one.closest('.keyboard') && !one.matches('.ok') ? 'letter' : 'target';
    const size = Math.min(box.width, box.height) / mm;
    met[kind] = Math.min(met[kind], size);
    if (size < least[kind] - near) faults.push(`small: ${name(one)}: ${(box.width / mm).toFixed(2)}x${(box.height / mm).toFixed(2)} mm`);
    if (box.left < 0 || box.top < 0 || box.right > innerWidth + 0.5 || box.bottom > innerHeight + 0.5) faults.push(`outside the screen: ${name(one)}`);
    // Wherever a finger falls on it, it is what is hit.
    const inside = [[0.5, 0.5], [0.06, 0.5], [0.94, 0.5], [0.5, 0.06], [0.5, 0.94]];
    // What waits for an answer is out of reach on purpose.
    if (one.closest('[inert]')) return;
    for (const [x, y] of inside) {
      const hit = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
      if (!hit || (hit !== one && !one.contains(hit))) { faults.push(`covered: ${name(one)} by ${hit?.tagName}.${hit?.className?.baseVal ?? hit?.className}`); break; }
    }
  });
  for (let i = 0; i < boxes.length; i += 1) {
    for (let j = i + 1; j < boxes.length; j += 1) {
      const [a, b] = [boxes[i], boxes[j]];
      const gap = Math.max(a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom) / mm;
      met.gap = Math.min(met.gap, gap);
      if (gap < least.gap - near) faults.push(`${gap < 0 ? 'overlap' : 'gap'} ${gap.toFixed(2)} mm: ${name(buttons[i])} | ${name(buttons[j])}`);
    }
  }
  // Every letter lies inside the screen and inside whatever would cut it off.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent || node.data.trim() === '' || parent.closest('svg') || !shown(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const text = range.getBoundingClientRect();
    let cut = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    let by = 'the screen';
    for (let at = parent; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (!at.matches('button') && style.overflowX === 'visible' && style.overflowY === 'visible') continue;
      const box = at.getBoundingClientRect();
      // The field of words shows its last lines: what is above was typed and seen.
      const above = at.matches('.field .text') ? -Infinity : box.top;
      const within = { left: Math.max(cut.left, box.left), top: Math.max(cut.top, above), right: Math.min(cut.right, box.right), bottom: Math.min(cut.bottom, box.bottom) };
      if (within.left !== cut.left || within.top !== cut.top || within.right !== cut.right || within.bottom !== cut.bottom) by = `${at.tagName}.${at.className}`;
      cut = within;
    }
    // The line box is taller than its letters: a twelfth of it may be cut without a letter missing.
    const spare = text.height / Math.max(1, Math.round(text.height / parseFloat(getComputedStyle(parent).lineHeight || text.height))) / 12 + 1;
    if (text.left < cut.left - 1 || text.right > cut.right + 1 || text.top < cut.top - spare || text.bottom > cut.bottom + spare) {
      if (!parent.closest('.field')) faults.push(`cut off by ${by}: ${node.data.trim().slice(0, 40)} (${[text.left - cut.left, text.top - cut.top, cut.right - text.right, cut.bottom - text.bottom].map((n) => Math.round(n))})`);
    }
  }
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight) faults.push(`scrolls: ${root.scrollWidth}x${root.scrollHeight} in ${innerWidth}x${innerHeight}`);
  if (document.scrollingElement.scrollTop !== 0) faults.push('has scrolled');
  return { faults, ...met };
}
