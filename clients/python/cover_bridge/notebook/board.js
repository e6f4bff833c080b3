/**
 * Shows a live board of covers. The kernel decides the content of the board.
 *
 * The content is text and never markup. While the board is not visible, its clock stops, and it announces nothing.
 */

const PLACES = 2;
// The class of a placeholder for an image that does not exist yet.
const PLACE = 'cover-board-place';

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function button(label, press) {
  return element('button', { type: 'button', textContent: label, onclick: press });
}

/** Returns the same text as the function `span` in Python. */
function span(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (number) => String(number).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** Shows or hides a button. If the button with the focus is hidden, the focus moves to an element near it. */
function offer(control, wanted, heir) {
  const had = control.getRootNode().activeElement === control;
  control.hidden = !wanted;
  if (had && !wanted) heir().focus();
}

class Row {
  constructor(index, send) {
    this.pictures = element('div', { className: 'cover-board-pictures' });
    this.state = element('strong');
    this.name = element('bdi');
    this.reason = element('div', { className: 'cover-board-reason', dir: 'auto' });
    this.facts = element('span');
    this.clock = element('span', { className: 'cover-board-clock' });
    this.note = element('div', { className: 'cover-board-note', dir: 'auto' });
    this.progress = element('progress', { max: 1 });
    this.save = button('Download', () => send('download', index));
    this.stop = button('Stop following', () => send('stop', index));
    this.element = element(
      'li',
      { tabIndex: -1 },
      this.pictures,
      element(
        'div',
        { className: 'cover-board-text' },
        element('div', { className: 'cover-board-title' }, this.state, ' ', element('code', {}, this.name)),
        this.reason,
        element('div', { className: 'cover-board-facts' }, this.facts, this.clock),
        this.progress,
        this.note,
      ),
      element('div', { className: 'cover-board-actions' }, this.save, this.stop),
    );
  }

  show(cover) {
    this.cover = cover;
    this.element.dataset.state = cover.state;
    this.state.textContent = cover.state;
    this.name.textContent = cover.id;
    this.reason.textContent = cover.reason ?? '';
    this.facts.textContent = cover.facts.join(' · ');
    this.note.textContent = cover.note;
    this.progress.hidden = cover.progress === null;
    this.progress.value = cover.progress ?? 0;
    this.progress.setAttribute('aria-label', `Download of ${cover.id}`);
    this.save.setAttribute('aria-label', `Download ${cover.id}`);
    this.stop.setAttribute('aria-label', `Stop following ${cover.id}`);
    const heir = () => [this.save, this.stop].find((each) => !each.hidden) ?? this.element;
    offer(this.save, cover.canDownload, heir);
    offer(this.stop, cover.canStop, heir);
    this.tick();
  }

  tick() {
    this.clock.textContent = this.cover.since === null ? '' : span(Date.now() / 1000 - this.cover.since);
  }

  picture(images) {
    const pictures = images.map(({ url, source }, index) => {
      const alt = `Image ${index + 1} of ${this.cover.id}`;
      const shown = source
        ? element('img', { src: source, alt, referrerPolicy: 'no-referrer' })
        : element('span', { className: PLACE, role: 'img', ariaLabel: alt });
      return element('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, shown);
    });
    const places = Array.from({ length: PLACES }, () => element('span', { className: PLACE }));
    this.pictures.replaceChildren(...(pictures.length ? pictures : places));
  }
}

function render({ model, el }) {
  const send = (press, index) => model.send({ press, index });
  const still = model.get('board_id');
  const summary = element('strong');
  const saveAll = button('Download all', () => send('download', null));
  const stopAll = button('Stop following all', () => send('stop', null));
  const spoken = element('div', { className: 'cover-board-spoken', role: 'status', ariaLive: 'polite' });
  const rows = Array.from({ length: model.get('count') }, (_, index) => new Row(index, send));
  const parts = rows.length > 1 ? rows.map(() => element('span')) : [];
  const bar = element('div', { className: 'cover-board-bar', ariaHidden: 'true' }, ...parts);
  const board = element(
    'div',
    { className: 'cover-board', role: 'group', ariaLabel: 'Covers', tabIndex: -1 },
    // The live board hides the still copy of the board in the notebook.
    element('style', { textContent: `.jp-OutputArea-child:has(.${still}), .${still} { display: none; }` }),
    element('div', { className: 'cover-board-header' }, summary, element('div', { className: 'cover-board-actions' }, saveAll, stopAll)),
    bar,
    element('ul', { role: 'list' }, ...rows.map((row) => row.element)),
    spoken,
  );
  el.append(board);

  const isSeen = () => !document.hidden && board.getClientRects().length > 0;
  let clock = null;
  const wake = () => {
    const runs = isSeen() && rows.some((row) => row.cover.since !== null);
    if (runs && clock === null) clock = setInterval(tick, 1000);
    if (!runs && clock !== null) clock = clearInterval(clock) ?? null;
  };
  const tick = () => {
    rows.forEach((row) => row.tick());
    wake();
  };
  // Several changes in one message cause a single summary.
  let isDue = false;
  const total = () => {
    if (!isDue) queueMicrotask(sum);
    isDue = true;
  };
  const sum = () => {
    isDue = false;
    const covers = rows.map((row) => row.cover);
    summary.textContent = model.get('summary');
    parts.forEach((part, index) => (part.dataset.state = covers[index].state));
    offer(saveAll, covers.length > 1 && covers.some((cover) => cover.canDownload), () => board);
    offer(stopAll, covers.length > 1 && covers.some((cover) => cover.canStop), () => board);
    wake();
  };

  const listeners = [];
  const listen = (event, call) => {
    model.on(event, call);
    listeners.push([event, call]);
  };
  rows.forEach((row, index) => {
    const show = () => row.show(model.get(`cover${index}`));
    const picture = () => row.picture(model.get(`images${index}`));
    show();
    picture();
    listen(`change:cover${index}`, show);
    listen(`change:cover${index}`, total);
    listen(`change:images${index}`, picture);
  });
  sum();
  listen('change:summary', total);
  listen('change:announcement', () => {
    if (isSeen()) spoken.textContent = model.get('announcement');
  });
  // Jupyter sends this message after a restart of the kernel. The still copy then replaces the board.
  listen('comm_live_update', () => {
    board.remove();
    wake();
  });
  const watcher = new IntersectionObserver(tick);
  watcher.observe(board);
  document.addEventListener('visibilitychange', tick);
  return () => {
    clearInterval(clock);
    watcher.disconnect();
    document.removeEventListener('visibilitychange', tick);
    for (const [event, call] of listeners) model.off(event, call);
  };
}

export default { render };
