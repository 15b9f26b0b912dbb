// A chart for what people would rather look at than read. Axes are labelled in words, and a table with the same figures
// stands behind it, one press away, for screen readers and for exact values.
import { ChartLine, Table2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import Plot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatDate } from '../lib/time.ts';
import { Button } from './button.tsx';
import styles from './chart.module.css';

/** One point: a time and a measure in the chart's unit. */
export interface ChartPoint {
  readonly timeMs: number;
  readonly value: number;
  /** The measure in words, exact. */
  readonly text: string;
}

interface ChartProps {
  readonly label: string;
  readonly unit: string;
  readonly points: readonly ChartPoint[];
  readonly kind?: 'bars' | 'line';
  readonly timeText?: (timeMs: number) => string;
  readonly height?: number;
}

/** Colours as the theme has them now; the canvas cannot read custom properties by itself. */
const themeColours = (host: HTMLElement) => {
  const colourOf = (name: string): string => {
    host.style.color = `var(${name})`;
    return getComputedStyle(host).color;
  };
  const colours = {
    line: colourOf('--accent-text'),
    fill: colourOf('--accent'),
    grid: colourOf('--line'),
    text: colourOf('--text-3'),
  };
  host.style.color = '';
  return colours;
};

const axis = (colours: ReturnType<typeof themeColours>) => ({
  stroke: colours.text,
  font: '12px system-ui',
  grid: { stroke: colours.grid, width: 1 },
  ticks: { show: false },
});

/** Redraws when the theme changes under a drawn chart. */
const useThemeTick = (): number => {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const bump = (): void => setTick((before) => before + 1);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const root = new MutationObserver(bump);
    dark.addEventListener('change', bump);
    root.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      dark.removeEventListener('change', bump);
      root.disconnect();
    };
  }, []);
  return tick;
};

/** Bars or a line over time, with the same figures as a table. */
export const Chart = ({ label, unit, points, kind = 'line', timeText = formatDate, height = 200 }: ChartProps) => {
  const host = useRef<HTMLDivElement>(null);
  const [isTable, setIsTable] = useState(false);
  const [focus, setFocus] = useState<number | null>(null);
  const tick = useThemeTick();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `tick` stands for the theme's colours, read from the page.
  useEffect(() => {
    const element = host.current;
    if (element === null || isTable) return;
    const colours = themeColours(element);
    const [one, two] = points;
    // Half a bar of room at both ends.
    const edge = kind === 'bars' ? ((two?.timeMs ?? 0) - (one?.timeMs ?? 0)) / 2000 || 1 : 0;
    const bars = Plot.paths.bars?.({ size: [0.6, 40], radius: 0.2 });
    const plot = new Plot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: kind === 'line' } },
        scales: {
          x: { time: true, range: (_plot, low, high) => [low - edge, high + edge] },
          y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] },
        },
        axes: [
          {
            ...axis(colours),
            grid: { show: false },
            size: 28,
            values: (_plot, seconds) => seconds.map((each) => timeText(each * 1000)),
            space: 90,
          },
          { ...axis(colours), size: 64, label: unit, labelFont: '12px system-ui', labelSize: 20 },
        ],
        series: [
          {},
          {
            stroke: colours.line,
            fill: kind === 'bars' ? colours.fill : '',
            width: kind === 'bars' ? 0 : 2,
            points: { show: false },
            ...(kind === 'bars' && bars !== undefined ? { paths: bars } : {}),
          },
        ],
        hooks: { setCursor: [(each) => setFocus(each.cursor.idx ?? null)] },
      },
      [points.map((point) => point.timeMs / 1000), points.map((point) => point.value)],
      element,
    );
    const watch = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [points, isTable, kind, unit, timeText, height, tick]);
  const focused = focus === null ? undefined : points[focus];
  return (
    <figure className={styles.chart} aria-label={label}>
      <figcaption className={styles.caption}>
        <span className={styles.label}>{label}</span>
        <span className={styles.focus}>
          {focused === undefined ? '' : `${timeText(focused.timeMs)}: ${focused.text}`}
        </span>
        <Button
          kind="quiet"
          size="small"
          icon={isTable ? <ChartLine /> : <Table2 />}
          onPress={() => setIsTable(!isTable)}
        >
          {isTable ? 'Chart' : 'Table'}
        </Button>
      </figcaption>
      {isTable ? (
        <Figures label={label} points={points} timeText={timeText} />
      ) : (
        <div ref={host} className={styles.plot} aria-hidden="true" />
      )}
    </figure>
  );
};

const Figures = ({
  label,
  points,
  timeText,
}: {
  readonly label: string;
  readonly points: readonly ChartPoint[];
  readonly timeText: (timeMs: number) => string;
}) => (
  <div className={styles.figures}>
    <table aria-label={label}>
      <tbody>
        {points.map((point) => (
          <tr key={point.timeMs}>
            <th scope="row">{timeText(point.timeMs)}</th>
            <td>{point.text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
