// Everything that a person can reach in a window: the screens, and the frame around them. Holds no state but the page.

import type { Page } from 'playwright';
import { CapacityScreen } from './screens/capacity.ts';
import { ContractsScreen } from './screens/contracts.ts';
import { CosignScreen } from './screens/cosign.ts';
import { FarmScreen } from './screens/farm.ts';
import { FirstRunScreen } from './screens/first-run.ts';
import { Frame } from './screens/frame.ts';
import { GridScreen } from './screens/grid.ts';
import { ReviewSheet } from './screens/review.ts';
import { SettingsScreen } from './screens/settings.ts';
import { WalletScreen } from './screens/wallet.ts';

export class App {
  readonly frame: Frame;
  readonly firstRun: FirstRunScreen;
  readonly review: ReviewSheet;
  readonly wallet: WalletScreen;
  readonly capacity: CapacityScreen;
  readonly contracts: ContractsScreen;
  readonly cosign: CosignScreen;
  readonly farm: FarmScreen;
  readonly grid: GridScreen;
  readonly settings: SettingsScreen;

  constructor(page: Page) {
    this.frame = new Frame(page);
    this.firstRun = new FirstRunScreen(page);
    this.review = new ReviewSheet(page);
    this.wallet = new WalletScreen(page);
    this.capacity = new CapacityScreen(page);
    this.contracts = new ContractsScreen(page);
    this.cosign = new CosignScreen(page);
    this.farm = new FarmScreen(page);
    this.grid = new GridScreen(page);
    this.settings = new SettingsScreen(page);
  }
}
