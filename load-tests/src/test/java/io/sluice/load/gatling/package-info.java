/**
 * Gatling simulations for any S3 endpoint:
 *
 * <pre>
 * ./mvnw -pl load-tests gatling:test -Dgatling.simulationClass=io.sluice.load.gatling.UploadSimulation \
 *     -Dendpoint=http://127.0.0.1:9000 -Dusers=16 -Dduration=30 -Dsize=65536
 * </pre>
 *
 * {@code -Dendpoints=URL,URL} gives each user one of several gateways. Credentials come from {@code
 * AWS_ACCESS_KEY_ID} and {@code AWS_SECRET_ACCESS_KEY}. A failed request fails the run, but for
 * {@code FailoverSimulation}, which is about them.
 */
package io.sluice.load.gatling;
