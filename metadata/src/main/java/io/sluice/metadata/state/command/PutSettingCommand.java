package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutSetting;
import io.sluice.storage.proto.SettingRecord;

/** Sets what an operator may change while the cluster runs; an empty value is the default again. */
record PutSettingCommand(PutSetting command) implements ShardCommand {
  private static final int LENGTH_MAX = 256;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    SettingRecord setting = command.getSetting();
    if (setting.getName().isEmpty()
        || setting.getName().length() > LENGTH_MAX
        || setting.getValue().length() > LENGTH_MAX) {
      throw ApplyContext.invalid("A setting has a name and a short value.");
    }
    byte[] key = KeyCodec.setting(setting.getName());
    if (setting.getValue().isEmpty()) {
      context.rows().delete(Family.NODES, key);
    } else {
      context.rows().put(Family.NODES, key, setting);
    }
    ClusterRows.raiseRevision(context.rows());
    return ApplyContext.done();
  }
}
