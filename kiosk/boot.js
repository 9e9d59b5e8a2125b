// Asks again for the page's script when the line was cut while it came, until it is there: nobody at a kiosk can open a page anew.
{
  /** Between two tries. */
  const AGAIN_MS = 1000;
  /** Words come for a script that is neither there nor lost; it is not asked for twice, since both might run. */
  const LATE_MS = 1800;
  const script = document.querySelector('script[src]')?.getAttribute('src');
  const line = document.getElementById('lost');
  /** Says that there is no line. @param {boolean} lost */
  const tell = (lost) => { if (line) line.hidden = !lost; };
  const late = setTimeout(tell, LATE_MS, true);
  /** Under one address a script runs once, and what has failed stays failed. @param {number} nth */
  const again = (nth) => {
    import(nth === 0 ? `${script}` : `${script}?again=${nth}`).then(() => { clearTimeout(late); tell(false); }, (error) => {
      // What came and cannot run would not run the next time either; the browser has told of it.
      if (!(error instanceof TypeError)) return;
      tell(true);
      setTimeout(again, AGAIN_MS, nth + 1);
    });
  };
  again(0);
}
