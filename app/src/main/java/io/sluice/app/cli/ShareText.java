package io.sluice.app.cli;

import java.math.BigDecimal;
import java.math.MathContext;

/** Shares, for people. */
final class ShareText {
  private static final MathContext DIGITS = new MathContext(3);
  private static final int HUNDRED = 2;

  private ShareText() {}

  /**
   * Such as "10 %", "0.25 %".
   *
   * @param share 0 to 1
   */
  static String of(double share) {
    return BigDecimal.valueOf(share)
            .movePointRight(HUNDRED)
            .round(DIGITS)
            .stripTrailingZeros()
            .toPlainString()
        + " %";
  }
}
