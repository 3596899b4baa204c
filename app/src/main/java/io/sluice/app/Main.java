package io.sluice.app;

import io.sluice.app.cli.SluiceCommand;

/** Where the program starts. */
public final class Main {
  private Main() {}

  /** Runs a command and exits with its code; a server runs until it is told to stop. */
  public static void main(String[] arguments) {
    int code = SluiceCommand.run(System.getenv(), arguments);
    if (code != SluiceCommand.KEEPS_RUNNING) {
      System.exit(code);
    }
  }
}
