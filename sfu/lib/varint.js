/** Longest varint of a number below 2^53. */
export const maxVarintLength = 8;

const low = 0x80000000;

/** Bytes that a varint of `value` takes; 0 <= value < 2^53. */
export function varintLength(value) {
  let length = 1;
  for (; value >= 0x80; value /= 128) length++;
  return length;
}

/** Writes `value` (0 <= value < 2^53) at `offset` and returns the offset behind it. */
export function writeVarint(buffer, offset, value) {
  // Bit operations are exact below 2^31 only.
  while (value >= low) {
    buffer[offset++] = (value % 128) | 0x80;
    value = Math.floor(value / 128);
  }
  while (value >= 0x80) {
    buffer[offset++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  buffer[offset++] = value;
  return offset;
}

/** Zigzag form of a signed number: small absolute values become small numbers. */
export function zigzag(value) {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}
