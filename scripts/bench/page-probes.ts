// What is measured inside the page of the capacity browser. Each function runs in the browser, so each is whole by itself:
// it may use nothing of this file or of Node.

/** Goes to a screen by its hash; milliseconds until rows of nodes are drawn there. */
export async function drawRows(hash: string): Promise<number> {
  const start = performance.now();
  globalThis.location.hash = hash;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      const row = document.querySelector('[role="grid"] [data-index="0"]');
      if (row === null || row.getAttribute('aria-label') === 'Loading') return;
      watch.disconnect();
      resolve();
    };
    const watch = new MutationObserver(look);
    watch.observe(document.body, { subtree: true, childList: true, attributes: true });
    look();
  });
  // The frame after the next one begins when the rows have been painted.
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  return performance.now() - start;
}

/** Types into a filter; milliseconds until the count of nodes under the title is another one. */
export async function typeFilter([label, text]: readonly [label: string, text: string]): Promise<number> {
  const inputs = [...document.querySelectorAll<HTMLInputElement>('search input')];
  const input = inputs.find((each) => each.labels?.[0]?.textContent?.startsWith(label));
  const lead = document.querySelector('main h1')?.nextElementSibling;
  if (input === undefined || !(lead instanceof HTMLElement)) throw new Error(`no filter ${label}`);
  const before = lead.textContent;
  const start = performance.now();
  const changed = new Promise<void>((resolve) => {
    const watch = new MutationObserver(() => {
      if (lead.textContent === before) return;
      watch.disconnect();
      resolve();
    });
    watch.observe(lead, { subtree: true, childList: true, characterData: true });
  });
  // As React sees typing: the value by the element's own setter, then the event.
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, text);
  input.dispatchEvent(new Event('input', { bubbles: true }));
  await changed;
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  return performance.now() - start;
}

/** Moves the rows by `pixels` at each frame for `frames` frames; milliseconds between the frames. */
export async function frameTimes([pixels, frames]: readonly [pixels: number, frames: number]): Promise<number[]> {
  const grid = document.querySelector('[role="grid"]:has([data-index])');
  if (grid === null) throw new Error('no rows');
  const times: number[] = [];
  let last = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
  while (times.length < frames) {
    grid.scrollTop += pixels;
    const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
    times.push(now - last);
    last = now;
  }
  return times;
}

/** Jumps to a share of the whole list; milliseconds until the rows there are filled in. */
export async function jumpTo(share: number): Promise<number> {
  const grid = document.querySelector('[role="grid"]:has([data-index])');
  if (grid === null) throw new Error('no rows');
  const start = performance.now();
  grid.scrollTop = Math.floor((grid.scrollHeight - grid.clientHeight) * share);
  await new Promise<void>((resolve) => {
    const look = (): void => {
      const frame = grid.getBoundingClientRect();
      const rows = [...grid.querySelectorAll('[data-index]')].filter((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return bottom > frame.top && top < frame.bottom;
      });
      if (rows.length > 0 && rows.every((row) => row.getAttribute('aria-label') !== 'Loading')) resolve();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  return performance.now() - start;
}
