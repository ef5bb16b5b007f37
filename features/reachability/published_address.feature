@model:certificate @requires:proxy-mode
Feature: Sniff mode and the addresses that remote nodes publish
  In sniff mode the local cluster asks a seed for the nodes of the remote cluster and connects to the addresses that they
  publish, not to the seed.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other

  Scenario: The remote nodes publish the loopback address
    Given the remote cluster has the setting "transport.publish_host" with the value "127.0.0.1"
    When the local cluster adds "partner" in sniff mode with the seed on port 9300
    Then "partner" fails as "published-address-is-loopback"

  Scenario: No remote node has the attribute that the local cluster asks for
    Given the local cluster has the setting "cluster.remote.node.attr" with the value "gateway"
    When the local cluster adds "partner" in sniff mode with the seed on port 9300
    Then "partner" fails as "no-gateway-among-the-remote-nodes"
