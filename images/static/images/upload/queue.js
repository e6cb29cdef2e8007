// Runs jobs (functions that return a promise) in their order, at most `limit` at a time.

export class Queue {
  #jobs = [];
  #running = 0;
  #limit;

  constructor(limit) {
    this.#limit = limit;
  }

  /** Run `job` when its turn comes. */
  add(job) {
    this.#jobs.push(job);
    this.#next();
  }

  async #next() {
    if (this.#running === this.#limit || !this.#jobs.length) return;
    this.#running += 1;
    try {
      await this.#jobs.shift()();
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }
}
