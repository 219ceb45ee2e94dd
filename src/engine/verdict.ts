import type { Diagnosis } from './diagnosis.js';
import type { Lang } from './rulebook/types.js';

/** What is said without a word of doubt has to be likelier than not. */
const SURE = 0.5;

/** The verdict in one sentence. */
export function verdictSentence(diagnosis: Omit<Diagnosis, 'verdict'>, lang: Lang, withoutSymptom: boolean): string {
  const [first, second] = diagnosis.diagnoses;
  const { symptoms, flows } = diagnosis.seen;
  const zh = lang === 'zh';
  switch (diagnosis.outcome) {
    case 'diagnosed': {
      const where = (subjects: readonly string[]): string => {
        if (subjects.length === 0 || subjects[0] === 'cluster') return '';
        const shown =
          subjects.slice(0, 3).join(zh ? '、' : ', ') +
          (subjects.length > 3 ? (zh ? ` 等 ${subjects.length} 处` : ` and ${subjects.length - 3} more`) : '');
        return zh ? `（${shown}）` : ` (${shown})`;
      };
      const word = {
        confirmed: zh ? '已证实' : 'confirmed',
        likely: zh ? '很可能' : 'likely',
        possible: zh ? '可能' : 'possible',
      }[first!.confidence];
      const past = first!.when === 'past' ? (zh ? '，故障当时' : ', at the time of the fault') : '';
      const reason = first!.because.find((one) => one.probability >= SURE);
      const because =
        reason === undefined ? '' : zh ? `；起因：${reason.title}` : `; brought about by: ${reason.title}`;
      // A second cause is part of the verdict only where it is as sure as a verdict has to be.
      const also =
        second !== undefined && second.probability >= SURE
          ? zh
            ? `；另有：${second.title}${where(second.subjects)}`
            : `; and also: ${second.title}${where(second.subjects)}`
          : '';
      const none = withoutSymptom
        ? zh
          ? '。输入中没有给出故障现象'
          : '. No symptom was given: this is what is misconfigured'
        : '';
      return zh
        ? `根因（${word}${past}）：${first!.title}${where(first!.subjects)}${because}${also}${none}`
        : `Root cause (${word}${past}): ${first!.title}${where(first!.subjects)}${because}${also}${none}`;
    }
    case 'healthy':
      return zh
        ? `未发现故障：应当连通的 ${flows} 条流均正常`
        : `Healthy: all ${flows} flows that were tried behave as they should`;
    case 'not-a-fault':
      return zh
        ? '不是网络故障：所报告的现象另有原因，见下文说明'
        : 'Not a fault of the network: what was reported is meant to fail, or has another reason, told below';
    case 'unexplained':
      return zh
        ? `有 ${symptoms} 个故障现象，没有已知根因能够解释`
        : `Unexplained: ${symptoms} ${symptoms === 1 ? 'symptom' : 'symptoms'} that no known cause fits`;
    default:
      if (first !== undefined)
        return zh
          ? `证据不足：所见现象有 ${diagnosis.diagnoses.length} 个可能的根因，请按下文继续采集以便区分`
          : `Insufficient evidence: ${diagnosis.diagnoses.length === 1 ? 'one cause' : `${diagnosis.diagnoses.length} causes`} can have brought about what is seen; collect what is asked for below to tell`;
      return zh
        ? '证据不足：请按下文采集更多信息'
        : 'Insufficient evidence: not enough is known for a diagnosis, see what to collect next';
  }
}
