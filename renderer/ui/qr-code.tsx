// A text as a QR code, always dark on light so that every camera reads it. The text itself stands beside it for people.
import { useMemo } from 'react';
import { encode } from 'uqr';
import styles from './qr-code.module.css';

/** An SVG of the code; `label` says what scanning it gives. */
export const QrCode = ({
  text,
  label,
  size = 168,
}: {
  readonly text: string;
  readonly label: string;
  readonly size?: number;
}) => {
  const { path, side } = useMemo(() => {
    const code = encode(text, { border: 2 });
    const squares = code.data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1Z` : '')));
    return { path: squares.join(''), side: code.size };
  }, [text]);
  return (
    <svg
      className={styles.code}
      role="img"
      aria-label={label}
      width={size}
      height={size}
      viewBox={`0 0 ${side} ${side}`}
      shapeRendering="crispEdges"
    >
      <path d={path} fill="currentColor" />
    </svg>
  );
};
