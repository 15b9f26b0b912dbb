// Every filter of the capacity browser as a field: its group, its name for people, how it is typed. The list is main's: a filter that
// main knows and this table does not is an error of types. `country` and `farm` are lists of one in `countries` and `farms`.
import type { NodeFilter } from '../../core/query-views.ts';
import { regions } from '../../core/regions.ts';
import type { FilterKind } from './filter-kinds.ts';

/** The filters that have a field. */
export type FilterName = Exclude<keyof NodeFilter, 'country' | 'farm'>;

/** Groups of fields, in their order. */
export const filterGroups = [
  { key: 'free', title: 'Free now' },
  { key: 'total', title: 'Whole machine' },
  { key: 'place', title: 'Place' },
  { key: 'farm', title: 'Farm' },
  { key: 'price', title: 'Price' },
  { key: 'life', title: 'State and life' },
  { key: 'machine', title: 'Kind and identity' },
] as const;
export type FilterGroup = (typeof filterGroups)[number]['key'];

/** One field. `joint` stands between its name and its value in a sentence. */
export interface FilterField {
  readonly group: FilterGroup;
  readonly label: string;
  readonly joint: ' at least' | ':' | '';
  readonly kind: FilterKind;
  readonly hint?: string;
}

const cores: FilterKind = { as: 'number', unit: 'cores' };
const gb: FilterKind = { as: 'number', unit: 'GB' };
const days: FilterKind = { as: 'number', unit: 'days' };
const amount: FilterKind = { as: 'amount' };
const words: FilterKind = { as: 'text', most: 60 };
const from: FilterKind = { as: 'date', isEnd: false };
const until: FilterKind = { as: 'date', isEnd: true };
const ids: FilterKind = { as: 'ids', isOne: false };

const capitalized = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** By the filter's name, in the order in which they stand on the sheet. */
const filterFields = {
  freeCruMilli: { group: 'free', label: 'Free cores', joint: ' at least', kind: cores },
  freeMruBytes: { group: 'free', label: 'Free memory', joint: ' at least', kind: gb },
  freeSruBytes: { group: 'free', label: 'Free SSD', joint: ' at least', kind: gb },
  freeHruBytes: { group: 'free', label: 'Free disk', joint: ' at least', kind: gb },
  totalCruMilli: { group: 'total', label: 'All cores', joint: ' at least', kind: cores },
  totalMruBytes: { group: 'total', label: 'All memory', joint: ' at least', kind: gb },
  totalSruBytes: { group: 'total', label: 'All SSD', joint: ' at least', kind: gb },
  totalHruBytes: { group: 'total', label: 'All disk', joint: ' at least', kind: gb },
  countries: { group: 'place', label: 'Country', joint: ':', kind: { as: 'countries' } },
  region: {
    group: 'place',
    label: 'Region',
    joint: ':',
    kind: { as: 'choice', options: regions.map((value) => ({ value, text: capitalized(value) })) },
  },
  countryContains: { group: 'place', label: 'Country’s name', joint: ':', kind: words, hint: 'A part of it' },
  city: { group: 'place', label: 'City', joint: ':', kind: words, hint: 'A part of its name' },
  cityIs: { group: 'place', label: 'City, whole name', joint: ':', kind: words },
  farmName: { group: 'farm', label: 'Farm', joint: ':', kind: words, hint: 'Words as they begin' },
  farmNameContains: { group: 'farm', label: 'Farm’s name has', joint: '', kind: words, hint: 'Anywhere in it' },
  farms: { group: 'farm', label: 'Only these farms', joint: ':', kind: ids, hint: 'By id' },
  owner: { group: 'farm', label: 'Farmer', joint: ':', kind: { as: 'address' }, hint: 'By address' },
  minCuHourStroops: { group: 'price', label: 'CU hour at least', joint: '', kind: amount },
  maxCuHourStroops: { group: 'price', label: 'CU hour at most', joint: '', kind: amount },
  minSuHourStroops: { group: 'price', label: 'SU hour at least', joint: '', kind: amount },
  maxSuHourStroops: { group: 'price', label: 'SU hour at most', joint: '', kind: amount },
  status: {
    group: 'life',
    label: 'State',
    joint: ':',
    kind: {
      as: 'choice',
      options: [
        { value: 'up', text: 'Up' },
        { value: 'down', text: 'Down' },
      ],
    },
  },
  hasWorkloads: {
    group: 'life',
    label: 'Contracts',
    joint: ':',
    kind: {
      as: 'choice',
      options: [
        { value: 'yes', text: 'Holds some' },
        { value: 'no', text: 'Holds none' },
      ],
    },
  },
  minUptimeMs: { group: 'life', label: 'Up for at least', joint: '', kind: days },
  maxUptimeMs: { group: 'life', label: 'Up for at most', joint: '', kind: days },
  seenFromMs: { group: 'life', label: 'Last heard of from', joint: '', kind: from },
  seenToMs: { group: 'life', label: 'Last heard of until', joint: '', kind: until },
  createdFromMs: { group: 'life', label: 'Joined from', joint: '', kind: from },
  createdToMs: { group: 'life', label: 'Joined until', joint: '', kind: until },
  features: { group: 'machine', label: 'Features', joint: ':', kind: { as: 'words' }, hint: 'All of them: arch:x64' },
  agentVersion: {
    group: 'machine',
    label: 'Agent version',
    joint: ':',
    kind: { as: 'text', most: 32 },
    hint: 'As it begins',
  },
  nodes: { group: 'machine', label: 'Only these nodes', joint: ':', kind: ids, hint: 'By id' },
  excluded: { group: 'machine', label: 'Not these nodes', joint: ':', kind: ids, hint: 'By id' },
  net: { group: 'machine', label: 'Network key', joint: ':', kind: { as: 'ids', isOne: true } },
} as const satisfies { readonly [N in FilterName]: FilterField };

/** All of them, in order. */
export const filterNames = Object.keys(filterFields) as readonly FilterName[];

/** The field of a filter. */
export const filterField = (name: FilterName): FilterField => filterFields[name];
