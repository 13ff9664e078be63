"""What a till says when its own backup went wrong."""

from seraphine_pos.domain.refusal import Unavailable


class BackupFailed(Unavailable):
    """The till's own backup could not be written."""

    template = (
        "La copie de sauvegarde n’a pas pu être écrite dans {folder}. Vous pouvez continuer à vendre. Vérifiez que le "
        "disque des sauvegardes est branché, qu’il y reste de la place et que sa clé est lisible : la caisse "
        "réessaiera à sa prochaine ouverture, ou demain."
    )


class BackupFaulty(Unavailable):
    """The till's own backup is a true copy of data in which something is wrong."""

    template = (
        "La copie de sauvegarde est écrite, mais des données de cette caisse y sont abîmées. Vous pouvez continuer à "
        "vendre ; la dernière copie saine est conservée. Appelez l’assistance."
    )
