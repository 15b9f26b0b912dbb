/** Why a guardian whose database is damaged stops: what it promised is in there, so a person has to repair it. */
import { AppError, toErrorData } from '../../core/errors.ts';

const repairCommand = 'npm run replica -- rebuild --profile=DIR [--from=DIR of another replica]';

export const guardianDamaged = (cause: unknown): AppError =>
  new AppError('guardian/damaged', `${toErrorData(cause).detail.slice(0, 300)}; to repair it: ${repairCommand}`, {
    cause,
  });
