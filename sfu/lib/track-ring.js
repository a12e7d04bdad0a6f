import { maxVarintLength, writeVarint, zigzag } from "./varint.js";

const firstEntries = 64;
const maxPooled = 512;

/** Memory of all rings together: how much they hold, and chunks that wait for their next use. */
export class RingBudget {
  /** @param {number} maxBytes what all rings may hold together */
  constructor(maxBytes, chunkBytes) {
    this.maxBytes = maxBytes;
    this.chunkBytes = chunkBytes;
    this.bytes = 0;
    /** Packets that gave way before they were durable, of all rings. */
    this.dropped = 0;
    this.pool = [];
  }

  take(length) {
    if (length > this.chunkBytes) return new Chunk(length);
    return this.pool.pop() ?? new Chunk(this.chunkBytes);
  }

  give(chunk) {
    if (chunk.buffer.length === this.chunkBytes && this.pool.length < maxPooled) this.pool.push(chunk);
  }
}

/** A stretch of entries as a batch carries them: (varint zigzag delta_us, varint length, packet)*. */
class Chunk {
  constructor(length) {
    this.buffer = Buffer.allocUnsafeSlow(length);
    this.times = new Float64Array(firstEntries);
    this.offsets = new Uint32Array(firstEntries);
    this.reset(1, 0);
  }

  reset(firstIndex, position) {
    this.firstIndex = firstIndex;
    this.position = position;
    this.count = 0;
    this.used = 0;
  }

  add(timeUs, deltaUs, packet) {
    if (this.count === this.times.length) {
      const times = new Float64Array(this.count * 2);
      const offsets = new Uint32Array(this.count * 2);
      times.set(this.times);
      offsets.set(this.offsets);
      this.times = times;
      this.offsets = offsets;
    }
    this.times[this.count] = timeUs;
    this.offsets[this.count] = this.used;
    this.count++;
    let offset = writeVarint(this.buffer, this.used, zigzag(deltaUs));
    offset = writeVarint(this.buffer, offset, packet.length);
    this.buffer.set(packet, offset);
    this.used = offset + packet.length;
  }

  /** Offset at which the entry `n` ends. */
  end(n) {
    return n + 1 < this.count ? this.offsets[n + 1] : this.used;
  }

  /** Offset of the entry `n` behind its delta. */
  afterDelta(n) {
    let offset = this.offsets[n];
    while (this.buffer[offset] >= 0x80) offset++;
    return offset + 1;
  }
}

/**
 * Packets of one track that the recorder has not acknowledged, numbered from 1, kept in the encoding in which they are sent; bounded by bytes and age, the oldest give way.
 */
export class TrackRing {
  #chunks = [];
  #lastTimeUs = 0;
  #position = 0;

  /**
   * @param {{maxBytes: number, maxAgeUs: number, budget: RingBudget}} options
   */
  constructor({ maxBytes, maxAgeUs, budget }) {
    this.maxBytes = maxBytes;
    this.maxAgeUs = maxAgeUs;
    this.budget = budget;
    /** Index of the oldest packet held; `nextIndex` when there is none. */
    this.firstIndex = 1;
    /** Index that the next packet gets. */
    this.nextIndex = 1;
    /** Everything up to here is durable at the recorder. */
    this.durableIndex = 0;
    /** Packets that gave way before they were durable. */
    this.dropped = 0;
    /** Bytes held, framing included. */
    this.bytes = 0;
  }

  /** Copies a packet into the ring and answers its index. */
  append(timeUs, packet) {
    const needed = packet.length + 2 * maxVarintLength;
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.used + needed > chunk.buffer.length) {
      chunk = this.budget.take(needed);
      chunk.reset(this.nextIndex, this.#position);
      this.#chunks.push(chunk);
    }
    const before = chunk.used;
    chunk.add(timeUs, this.#lastTimeUs === 0 ? 0 : timeUs - this.#lastTimeUs, packet);
    this.#lastTimeUs = timeUs;
    const added = chunk.used - before;
    this.#position += added;
    this.bytes += added;
    this.budget.bytes += added;
    const index = this.nextIndex++;
    while (this.firstIndex < index && (this.bytes > this.maxBytes || this.budget.bytes > this.budget.maxBytes || timeUs - this.#oldestTimeUs() > this.maxAgeUs)) {
      this.#removeUpTo(this.firstIndex);
      this.dropped++;
      this.budget.dropped++;
    }
    return index;
  }

  /** Lets go of everything up to `durableIndex`; an older acknowledgement changes nothing. */
  acknowledge(durableIndex) {
    durableIndex = Math.min(durableIndex, this.nextIndex - 1);
    if (durableIndex > this.durableIndex) {
      this.durableIndex = durableIndex;
      this.#removeUpTo(durableIndex);
    }
  }

  /** Bytes held before `index`. */
  bytesBefore(index) {
    if (index <= this.firstIndex) return 0;
    return this.#positionOf(index) - this.#positionOf(this.firstIndex);
  }

  /**
   * The entries from `index` on that fit `maxBytes`, at least one where `index` is held.
   * @returns {{chunk: Chunk, start: number, end: number, count: number, timeUs: number} | null} `start` is behind the first entry's delta
   */
  read(index, maxBytes) {
    const chunk = this.#chunkOf(index);
    if (chunk === null) return null;
    const first = index - chunk.firstIndex;
    const start = chunk.afterDelta(first);
    let last = first;
    while (last + 1 < chunk.count && chunk.end(last + 1) - start < maxBytes) last++;
    return { chunk, start, end: chunk.end(last), count: last - first + 1, timeUs: chunk.times[first] };
  }

  /** Time and bytes of one packet; the bytes are a view that the next append may overwrite once the packet is acknowledged. */
  packet(index) {
    const chunk = this.#chunkOf(index);
    if (chunk === null) return null;
    const n = index - chunk.firstIndex;
    let offset = chunk.afterDelta(n);
    while (chunk.buffer[offset] >= 0x80) offset++;
    return { timeUs: chunk.times[n], data: chunk.buffer.subarray(offset + 1, chunk.end(n)) };
  }

  /** Gives everything back; what was not durable counts as dropped. */
  giveUp() {
    this.dropped += this.nextIndex - this.firstIndex;
    this.budget.dropped += this.nextIndex - this.firstIndex;
    this.#removeUpTo(this.nextIndex - 1);
  }

  #oldestTimeUs() {
    const chunk = this.#chunks[0];
    return chunk.times[this.firstIndex - chunk.firstIndex];
  }

  #positionOf(index) {
    const chunk = this.#chunkOf(index);
    return chunk === null ? this.#position : chunk.position + chunk.offsets[index - chunk.firstIndex];
  }

  #chunkOf(index) {
    if (index < this.firstIndex || index >= this.nextIndex) return null;
    let from = 0;
    let to = this.#chunks.length - 1;
    while (from < to) {
      const middle = (from + to + 1) >> 1;
      if (this.#chunks[middle].firstIndex <= index) from = middle;
      else to = middle - 1;
    }
    return this.#chunks[from];
  }

  #removeUpTo(index) {
    if (index < this.firstIndex) return;
    const before = this.#positionOf(this.firstIndex);
    this.firstIndex = index + 1;
    let gone = 0;
    while (gone < this.#chunks.length && this.#chunks[gone].firstIndex + this.#chunks[gone].count <= this.firstIndex) {
      this.budget.give(this.#chunks[gone]);
      gone++;
    }
    if (gone > 0) this.#chunks.splice(0, gone);
    const freed = this.#positionOf(this.firstIndex) - before;
    this.bytes -= freed;
    this.budget.bytes -= freed;
  }
}
