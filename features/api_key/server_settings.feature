@model:api-key
Feature: Settings with which the remote cluster server does not start
  The remote cluster server is enabled in elasticsearch.yml of every remote node. A node that cannot have one as it is
  described there does not start, and only its log says why.

  Scenario: It has no certificate
    Given a remote cluster without the remote cluster server
    And the remote cluster has the setting "remote_cluster_server.enabled" with the value "true"
    Then the remote cluster does not start as "remote-cluster-server-without-certificate"

  Scenario: Security is off
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster has the setting "xpack.security.enabled" with the value "false"
    Then the remote cluster does not start as "remote-cluster-server-without-security"

  Scenario: Its transport profile is configured by hand
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster has the setting "transport.profiles._remote_cluster.port" with the value "9444"
    Then the remote cluster does not start as "remote-cluster-profile-by-hand"
