// Copies a text and says that it did. The clipboard comes from the page; when it refuses, that is said too.
import { Check, Copy, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button, IconButton } from './button.tsx';
import { useAnnounce } from './toast.tsx';

interface CopyProps {
  readonly text: string;
  readonly what: string;
  readonly isWorded?: boolean;
}

const ICONS = { rest: <Copy />, done: <Check />, refused: <X /> } as const;

/** "Copy address"; for two seconds after, a tick and an announcement. */
export const CopyButton = ({ text, what, isWorded = false }: CopyProps) => {
  const announce = useAnnounce();
  const [state, setState] = useState<keyof typeof ICONS>('rest');
  useEffect(() => {
    if (state === 'rest') return;
    const timer = setTimeout(() => setState('rest'), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => {
        setState('done');
        announce({ tone: 'ok', text: `Copied the ${what}` });
      },
      () => {
        setState('refused');
        announce({ tone: 'caution', text: `The system refused to copy the ${what}` });
      },
    );
  };
  return isWorded ? (
    <Button icon={ICONS[state]} onPress={copy}>
      Copy {what}
    </Button>
  ) : (
    <IconButton label={`Copy ${what}`} icon={ICONS[state]} onPress={copy} size="small" />
  );
};
