import { notAsPlanned } from './expected.ts';
import { describeEnd, tell, type StorySpec } from './story.ts';

/** Tells a story undisturbed and compares its end with the plan. */
export async function undisturbed(spec: StorySpec): Promise<readonly string[]> {
  const told = await tell(spec);
  const broken = told.violations.map(({ invariant, what }) => `${invariant}: ${what}`);
  const halted = told.executed.filter((one) => typeof one === 'string' || one.outcome.end === 'halted');
  return [...broken, ...halted.map((one) => `it ended ${describeEnd(one)}`), ...notAsPlanned(spec, told)];
}
