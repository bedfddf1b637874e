import type { Calibration } from './model.ts';

/** A mail that training did not see. `counts`: honest mail of today, on which the lines are drawn. */
export type Judged = { raw: number; isBad: boolean; counts: boolean };

/** Shares of honest mail that may reach the lines. */
const RATES = { suspicious: 0.003, strong: 0.001 } as const;
const STEPS = 200;
/** Two lines in one place would make a jump of the weight. */
const LEAST_GAP = 1;

/** Draws the lines, and fits what a raw score means, after Platt (1999), with good and bad mail weighing the same. */
export function calibrate(judged: readonly Judged[]): Calibration {
  const honest = judged
    .filter(({ isBad, counts }) => !isBad && counts)
    .map(({ raw }) => raw)
    .toSorted((a, b) => b - a);
  const lineOf = (rate: number) => honest[Math.floor(rate * honest.length)] ?? 0;
  const suspicious = lineOf(RATES.suspicious);
  return {
    ...fit(judged.filter(({ isBad, counts }) => isBad || counts)),
    suspicious,
    strong: Math.max(suspicious + LEAST_GAP, lineOf(RATES.strong)),
    honest: lineOf(0.5),
    rates: RATES,
  };
}

/** By Newton's method on the logistic loss. */
function fit(judged: readonly Judged[]): { slope: number; offset: number } {
  const bad = Math.max(1, judged.filter(({ isBad }) => isBad).length);
  const good = Math.max(1, judged.length - bad);
  let slope = 1;
  let offset = 0;
  for (let step = 0; step < STEPS; step += 1) {
    let [gs, go, hss, hso, hoo] = [0, 0, 1e-6, 0, 1e-6];
    for (const { raw, isBad } of judged) {
      const share = 1 / (isBad ? bad : good);
      const guess = 1 / (1 + Math.exp(-(slope * raw + offset)));
      const fault = (guess - (isBad ? 1 : 0)) * share;
      const bend = Math.max(1e-9, guess * (1 - guess)) * share;
      gs += fault * raw;
      go += fault;
      hss += bend * raw * raw;
      hso += bend * raw;
      hoo += bend;
    }
    const turn = hss * hoo - hso * hso;
    const [ds, dO] = [(hoo * gs - hso * go) / turn, (hss * go - hso * gs) / turn];
    slope -= Math.max(-0.5, Math.min(0.5, ds));
    offset -= Math.max(-0.5, Math.min(0.5, dO));
  }
  return { slope: Math.max(0.01, slope), offset };
}
