@model:certificate @requires:proxy-mode
Feature: Sniff mode that does not connect
  What goes wrong on the way to a seed, with its certificate, or on the way to the nodes that it names. Seeds that nobody
  answers, and addresses that lead nowhere, are in features/reachability and features/settings.

  @requires:remote-cluster-server
  Scenario: The seed is the remote cluster server, and there is no key
    Given a local and a remote cluster whose transport certificates trust each other
    When the local cluster adds "partner" in sniff mode with the seed on port 9443
    Then "partner" fails as "certificate-to-remote-cluster-server-port-in-sniff-mode"

  Scenario: The local cluster does not know the authority of the remote cluster
    Given a local and a remote cluster of which only the remote one trusts the other's transport certificate
    When the local cluster adds "partner" in sniff mode with the seed on port 9300
    Then "partner" fails as "remote-authority-unknown-in-sniff-mode"

  Scenario: The remote cluster does not know the authority of the local cluster
    Given a local and a remote cluster of which only the local one trusts the other's transport certificate
    When the local cluster adds "partner" in sniff mode with the seed on port 9300
    Then "partner" fails as "local-authority-unknown-in-sniff-mode"

  Scenario: The local cluster verifies names, and the certificate of the seed has another one
    Given a local and a remote cluster whose transport certificates trust each other
    And the remote cluster's transport certificate "names only elsewhere.example"
    And the local cluster has the setting "xpack.security.transport.ssl.verification_mode" with the value "full"
    When the local cluster adds "partner" in sniff mode with the seed on port 9300
    Then "partner" fails as "seed-certificate-names-another-host"

  Scenario: The local cluster verifies names, and the remote node publishes an address that is not among them
    Given a local and a remote cluster whose transport certificates trust each other
    And the remote cluster publishes the address of the load balancer
    And the local cluster has the setting "xpack.security.transport.ssl.verification_mode" with the value "full"
    When the local cluster adds "partner" in sniff mode with the seed on port 9300
    Then "partner" fails as "published-address-not-in-the-certificate"

 
  Scenario: Every remote node is a dedicated master
    Given a local and a remote cluster whose transport certificates trust each other
    And the remote cluster publishes the address of the load balancer
    And the remote cluster has the setting "node.roles" with the value "[master]"
    When the local cluster adds "partner" in sniff mode with the seed on port 9300
    Then "partner" fails as "no-gateway-among-the-remote-nodes"
