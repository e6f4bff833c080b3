'use strict';

const BAR = 20;
const CLEAR_TO_END = '\u001b[K';
const STATES = ['succeeded', 'failed', 'generating', 'pending', 'unknown', 'ended'];

/** A line that shows the progress. It is drawn again at each event and each second, and stays on the terminal. */
class ProgressLine {
  #terminal;
  #last;
  #began = performance.now();
  #clock;

  /** The terminal; undefined if the stream is not a terminal that can redraw a line. */
  static on(stream, last) {
    const isPlain = process.env.TERM === 'dumb' || process.env.CI !== undefined;
    return stream.isTTY && !isPlain ? new ProgressLine(stream, last) : undefined;
  }

  constructor(terminal, last) {
    this.#terminal = terminal;
    this.#last = last;
    this.#clock = setInterval(() => this.draw(), 1000);
    this.#clock.unref();
    this.draw();
  }

  draw(end = '') {
    const line = text([...this.#last.values()], (performance.now() - this.#began) / 1000);
    // If the text filled the line, the terminal would begin another line.
    this.#terminal.write(`\r${line.slice(0, (this.#terminal.columns || 80) - 1)}${CLEAR_TO_END}${end}`);
  }

  end() {
    clearInterval(this.#clock);
    this.draw('\n');
  }
}

/** A line such as `━━━━━━━━━━──────────  1/2 covers  1 succeeded, 1 generating  4 s`. */
function text(events, seconds) {
  const states = events.map((event) => event?.status?.state ?? (event ? 'ended' : 'pending'));
  const done = events.filter((event) => event && (event.final || !event.status)).length;
  const filled = events.length ? Math.floor((BAR * done) / events.length) : BAR;
  const counts = STATES.map((state) => [states.filter((each) => each === state).length, state]);
  const listed = counts.filter(([count]) => count > 0).map((pair) => pair.join(' ')).join(', ');
  const bar = '━'.repeat(filled) + '─'.repeat(BAR - filled);
  return `${bar}  ${done}/${events.length} covers  ${listed}  ${span(seconds)}`;
}

/** A duration, such as `41 s`, `2 min 05 s` or `1 h 07 min`. */
function span(seconds) {
  const whole = Math.round(seconds);
  const two = (number) => String(number).padStart(2, '0');
  if (whole < 60) {
    return `${whole} s`;
  }
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${two(whole % 60)} s`
    : `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

module.exports = { ProgressLine, text };
