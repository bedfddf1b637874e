/** True where one letter was added, left out, replaced or swapped with its neighbour; false for equal words. */
export function isOneEditApart(left: string, right: string): boolean {
  if (left === right || Math.abs(left.length - right.length) > 1) return false;
  let start = 0;
  while (start < left.length && left[start] === right[start]) start += 1;
  const rest = (text: string, skip: number): string => text.slice(start + skip);
  if (rest(left, 1) === rest(right, 1) || rest(left, 1) === rest(right, 0) || rest(left, 0) === rest(right, 1)) {
    return true;
  }
  return left[start] === right[start + 1] && left[start + 1] === right[start] && rest(left, 2) === rest(right, 2);
}
