// Runs jobs (functions that return a promise) in their order, at most `limit` at a time; none while it is held.

export class Queue {
  #jobs = [];
  #running = 0;
  #limit;
  #hold = null; // the timer that ends it

  constructor(limit) {
    this.#limit = limit;
  }

  /** Run `job` when its turn comes. */
  add(job) {
    this.#jobs.push(job);
    this.#next();
  }

  /** Begin no job for so many seconds, and then with `job`. */
  hold(seconds, job) {
    this.#jobs.unshift(job);
    clearTimeout(this.#hold);
    this.#hold = setTimeout(() => {
      this.#hold = null;
      while (this.#running < this.#limit && this.#jobs.length) this.#next();
    }, 1000 * seconds);
  }

  async #next() {
    if (this.#hold || this.#running === this.#limit || !this.#jobs.length) return;
    this.#running += 1;
    try {
      await this.#jobs.shift()();
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }
}
