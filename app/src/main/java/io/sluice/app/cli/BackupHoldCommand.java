package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice backup hold}. */
@Command(
    name = "hold",
    description =
        "Puts a legal hold on a backup: it stays, with those it needs, whatever the rules"
            + " say.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class BackupHoldCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private AdminOptions admin;

  @Parameters(paramLabel = "ID", description = "The backup")
  private String id;

  @Option(
      names = "--target",
      paramLabel = "TARGET",
      description = "In this target. Default: in each that has it")
  private @Nullable String target;

  @Option(names = "--remove", description = "Take the hold away")
  private boolean remove;

  @Override
  public Integer call() {
    AdminClient client = admin.client();
    for (String each : TargetTask.targets(client, target, id)) {
      String path = AdminPath.of(TargetCommand.path(each) + "/backups", id) + "/hold";
      JsonNode held = client.call(remove ? "DELETE" : "PUT", path, null);
      spec.commandLine()
          .getOut()
          .println(
              admin.json()
                  ? held
                  : "backup %s in %s has %s hold".formatted(id, each, remove ? "no" : "a"));
    }
    return 0;
  }
}
