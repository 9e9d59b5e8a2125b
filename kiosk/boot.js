// Asks again for the page's script when the line was cut while it came, until it is there: nobody at a kiosk can open a page anew.
{
  /** Between two tries. */
  const AGAIN_MS = 1000;
  const script = document.querySelector('script[src]');
  /** A failed script stays failed under its address. @param {number} nth */
  const again = (nth) => { import(`${script?.getAttribute('src')}?again=${nth}`).catch(() => setTimeout(again, AGAIN_MS, nth + 1)); };
  script?.addEventListener('error', () => again(1));
}
