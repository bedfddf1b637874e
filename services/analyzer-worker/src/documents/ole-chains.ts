const HEADER_ADDRESSES = 109;
const FIRST_ADDRESS = 76;

/**
 * True where the sectors of an OLE file are linked in a ring ([MS-CFB] 2.3): the library follows them for ever, and keeps every step. Takes time in
 * proportion to the file.
 */
export function hasRing(bytes: Buffer): boolean {
  if (bytes.length < 512) return false;
  const sectorBytes = bytes.readUInt16LE(30) === 12 ? 4096 : 512;
  const next = nextSectors(bytes, sectorBytes);
  /** 0: not seen, 1: on the way that is being followed, 2: known to end. */
  const seen = new Uint8Array(next.length);
  for (let start = 0; start < next.length; start += 1) {
    const way: number[] = [];
    let at = start;
    while (at >= 0 && at < next.length && seen[at] === 0) {
      seen[at] = 1;
      way.push(at);
      at = next[at] ?? -1;
    }
    if (at >= 0 && at < next.length && seen[at] === 1) return true;
    for (const sector of way) seen[sector] = 2;
  }
  return false;
}

/** Which sector follows each, as the file's table says; negative: none. */
function nextSectors(bytes: Buffer, sectorBytes: number): Int32Array {
  const perSector = sectorBytes / 4;
  const addresses = tableSectors(bytes, sectorBytes);
  const next = new Int32Array(addresses.length * perSector).fill(-1);
  addresses.forEach((address, index) => {
    const start = (address + 1) * sectorBytes;
    for (let entry = 0; entry < perSector && start + entry * 4 + 4 <= bytes.length; entry += 1) {
      next[index * perSector + entry] = bytes.readInt32LE(start + entry * 4);
    }
  });
  return next;
}

/** Where the table itself lies: in the header, and from there on in a chain. */
function tableSectors(bytes: Buffer, sectorBytes: number): number[] {
  const addresses: number[] = [];
  for (let entry = 0; entry < HEADER_ADDRESSES; entry += 1)
    addresses.push(bytes.readInt32LE(FIRST_ADDRESS + entry * 4));
  const most = Math.ceil(bytes.length / sectorBytes);
  let sector = bytes.readInt32LE(68);
  for (let count = 0; count < most && sector >= 0; count += 1) {
    const end = (sector + 2) * sectorBytes;
    if (end > bytes.length) break;
    for (let at = end - sectorBytes; at < end - 4; at += 4) addresses.push(bytes.readInt32LE(at));
    sector = bytes.readInt32LE(end - 4);
  }
  return addresses.filter((address) => address >= 0 && address < most).slice(0, most);
}
