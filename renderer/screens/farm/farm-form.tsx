// A farm's name, place, prices and rules; recorded by review. For a new farm and for changes alike.
import { useState } from 'react';
import type { FarmView } from '../../../core/views.ts';
import { useReview } from '../../frame/review.tsx';
import { countries } from '../../lib/country.ts';
import { useAction, useStores } from '../../stores/context.tsx';
import { AmountField } from '../../ui/amount-field.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Select } from '../../ui/select.tsx';
import { InlineError } from '../../ui/state-view.tsx';
import { useAnnounce } from '../../ui/toast.tsx';
import { Switch } from '../../ui/toggle.tsx';
import styles from './farm.module.css';

interface FarmFormProps {
  readonly farm: FarmView | null;
  readonly onClose: () => void;
}

const places = countries();

/** Fields, then review. */
export const FarmForm = ({ farm, onClose }: FarmFormProps) => {
  const { bridge } = useStores();
  const review = useReview();
  const announce = useAnnounce();
  const [name, setName] = useState(farm?.name ?? '');
  const [country, setCountry] = useState(farm?.country ?? 'BE');
  const [city, setCity] = useState(farm?.city ?? '');
  const [cu, setCu] = useState<bigint | null>(farm?.prices.cuHourStroops ?? 500_000n);
  const [su, setSu] = useState<bigint | null>(farm?.prices.suHourStroops ?? 250_000n);
  const [isAuto, setAuto] = useState(farm?.autoAccept ?? true);
  const { state, isPending, run } = useAction<void>();
  const isReady = name.trim() !== '' && cu !== null && su !== null;
  const prepare = (): void =>
    run(async () => {
      if (cu === null || su === null) return;
      const prepared = await bridge.call('farm.prepareFarm', {
        name: name.trim(),
        place: { country, city: city.trim() },
        prices: { cuHourStroops: cu, suHourStroops: su },
        accept: { auto: isAuto, minTermSeconds: farm?.minTermSeconds ?? 0 },
      });
      if ((await review(prepared)) === null) return;
      announce({ tone: 'info', text: 'Signed and handed in. It is final in a moment.' });
      onClose();
    });
  return (
    <Dialog
      title={farm === null ? 'Become a farmer' : 'Change the farm'}
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" onPress={prepare} isPending={isPending} isDisabled={!isReady}>
            Review
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <TextField label="Farm name" value={name} onChange={setName} maxLength={60} autoFocus />
        <div className={styles.pair}>
          <Select label="Country" value={country} options={places} onChange={setCountry} />
          <TextField label="City" value={city} onChange={setCity} maxLength={60} />
        </div>
        <div className={styles.pair}>
          <AmountField label="Price per CU and hour" stroops={cu} onChange={setCu} hint="2 CU are 4 cores with 8 GB" />
          <AmountField label="Price per SU and hour" stroops={su} onChange={setSu} hint="1 SU is 200 GB of SSD" />
        </div>
        <Switch isSelected={isAuto} onChange={setAuto}>
          Accept offers at these prices without asking me
        </Switch>
        {state.kind === 'failed' ? <InlineError failure={state.failure} /> : null}
      </div>
    </Dialog>
  );
};
