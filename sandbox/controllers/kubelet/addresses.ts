/** Addresses of pods: 10.244.0.0/16, one after the other, freed ones last. */
export class PodAddresses {
  readonly #used = new Set<string>();
  #next = 1;

  /** An address that nobody has. */
  take(): string {
    for (;;) {
      const number = this.#next;
      this.#next = this.#next >= 0xfffe ? 1 : this.#next + 1;
      const address = `10.244.${number >> 8}.${number & 255}`;
      if ((number & 255) === 0 || (number & 255) === 255 || this.#used.has(address)) continue;
      this.#used.add(address);
      return address;
    }
  }

  /** Notes an address that a pod has already. */
  note(address: string): void {
    this.#used.add(address);
  }

  free(address: string): void {
    this.#used.delete(address);
  }
}
